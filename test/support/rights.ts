import type { KubeObject } from "../../operator/runtime/objects.ts";
import type { AuditEvent } from "./audit.ts";

/** A rule of a role, as Kubernetes has it. */
export interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly verbs: readonly string[];
}

/** One verb on one resource that a role gives; in words such as `patch apps/deployments`. */
export interface Right {
  readonly verb: string;
  /** The group, a slash, the resource and, after another, its part; what has no group begins with its name. */
  readonly resource: string;
  /** Of these objects alone. None: of all. */
  readonly names: readonly string[];
}

/** Whom roles name a service account. */
type Account = string;

/** A role, and who has it. */
interface Binding extends KubeObject {
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly {
    readonly kind: string;
    readonly name: string;
    readonly namespace?: string;
  }[];
}

/** The name by which an API server knows a service account. */
export const accountName = (namespace: string, name: string): Account =>
  `system:serviceaccount:${namespace}:${name}`;

/** The roles among objects, for one namespace and for all. */
export const rolesIn = (objects: readonly KubeObject[]) =>
  objects.filter(({ kind }) => kind === "Role" || kind === "ClusterRole") as (KubeObject & {
    readonly rules?: readonly Rule[];
  })[];

/** The rights that objects to be applied give to each service account that they bind a role to. */
export function rightsIn(objects: readonly KubeObject[]): Map<Account, Right[]> {
  const rights = new Map<Account, Right[]>();
  const bindings = objects.filter(({ kind = "" }) => /^(Cluster)?RoleBinding$/.test(kind)) as Binding[];
  for (const { roleRef, subjects = [], metadata } of bindings) {
    const role = rolesIn(objects).find(
      ({ kind, metadata: of }) =>
        kind === roleRef.kind &&
        of?.name === roleRef.name &&
        (kind === "ClusterRole" || of?.namespace === metadata?.namespace),
    );
    if (!role) throw new Error(`There is no ${roleRef.kind} ${roleRef.name} for ${metadata?.name}`);
    for (const { namespace = "", name } of subjects) {
      const account = accountName(namespace, name);
      rights.set(account, [...(rights.get(account) ?? []), ...(role.rules ?? []).flatMap(rightsOf)]);
    }
  }
  return rights;
}

const rightsOf = ({ apiGroups = [], resources = [], resourceNames: names = [], verbs }: Rule): Right[] =>
  apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      verbs.map((verb) => ({ verb, resource: group === "" ? resource : `${group}/${resource}`, names })),
    ),
  );

/** A right in words. */
export const inWords = ({ verb, resource, names }: Right) => [verb, resource, ...names].join(" ");

/** What the API server asked the roles for before it answered: an apply that made its object had need of two rights. */
export function askedFor({ verb, objectRef, responseStatus }: AuditEvent): Right[] {
  const { apiGroup, resource = "", subresource, name } = objectRef ?? {};
  const path = [apiGroup, resource, subresource].filter((part) => part !== undefined).join("/");
  const right = { verb, resource: path, names: name === undefined ? [] : [name] };
  return verb === "patch" && responseStatus?.code === 201 ? [right, { ...right, verb: "create" }] : [right];
}

/** Whether a role's right lets do what was asked for. */
export const allows = (granted: Right, asked: Right): boolean =>
  granted.verb === asked.verb &&
  granted.resource === asked.resource &&
  (granted.names.length === 0 || asked.names.some((name) => granted.names.includes(name)));

/**
 * Whether a request was refused for want of a right: by the roles, by what asks them for a second right, or by an
 * admission plugin that does.
 */
export const isDenied = ({ annotations, responseStatus }: AuditEvent): boolean =>
  annotations?.["authorization.k8s.io/decision"] === "forbid" ||
  (responseStatus?.code === 403 &&
    /\bcannot (\w+ resource|set (an ownerRef|blockOwnerDeletion))\b/.test(responseStatus.message ?? ""));
