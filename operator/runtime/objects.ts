/**
 * What every Kubernetes object has, as far as this library looks. Every field is optional, so that hand-written
 * types and those of @kubernetes/client-node both fit. Whatever a type says, times are RFC 3339 strings at run time.
 */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
}

export interface ObjectMeta {
  name?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  labels?: { [name: string]: string };
  annotations?: { [name: string]: string };
  ownerReferences?: OwnerReference[];
  managedFields?: unknown[];
  creationTimestamp?: string | Date;
  deletionTimestamp?: string | Date;
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

declare const objectType: unique symbol;

/** A kind of object and where the API server keeps it: `{ apiVersion: "apps/v1", kind: "Deployment", plural: "deployments", namespaced: true }`. */
export interface ResourceKind<T extends KubeObject = KubeObject> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Never set: it only carries the type of the kind's objects. */
  readonly [objectType]?: T;
}

/** One page of a list, or all of it where `metadata.continue` is missing. */
export interface KubeList<T extends KubeObject> {
  metadata: { resourceVersion: string; continue?: string };
  items: T[];
}

/** One line of a watch. A bookmark only says how far the watch has come. */
export type WatchEvent<T extends KubeObject> =
  | { type: "ADDED" | "MODIFIED" | "DELETED"; object: T }
  | { type: "BOOKMARK"; object: KubeObject };

/** The path of a kind's collection, in one namespace or in all of them. */
export function collectionPath(kind: ResourceKind, namespace?: string): string {
  const group = kind.apiVersion.includes("/") ? `/apis/${kind.apiVersion}` : `/api/${kind.apiVersion}`;
  const scope = namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${group}${scope}/${kind.plural}`;
}

/** The path of one object. */
export function objectPath(kind: ResourceKind, key: { namespace: string; name: string }): string {
  const namespace = kind.namespaced ? key.namespace : undefined;
  return `${collectionPath(kind, namespace)}/${encodeURIComponent(key.name)}`;
}

/** Whether an object has all of these labels. */
export const hasLabels = ({ metadata }: KubeObject, labels: Readonly<Record<string, string>>) =>
  Object.entries(labels).every(([name, value]) => metadata?.labels?.[name] === value);
