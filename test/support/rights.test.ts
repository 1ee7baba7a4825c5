import { describe, expect, it } from "@jest/globals";
import type { AuditEvent } from "./audit.ts";
import { allows, askedFor, inWords, isDenied, rightsIn } from "./rights.ts";

const event = (
  verb: string,
  objectRef: AuditEvent["objectRef"],
  more: Partial<AuditEvent> = {},
): AuditEvent => ({
  ...{ verb, requestURI: "/", stage: "ResponseComplete", requestReceivedTimestamp: "", stageTimestamp: "" },
  ...(objectRef && { objectRef }),
  ...more,
});
const metadata = { name: "operator", namespace: "system" };
const subjects = [{ kind: "ServiceAccount", ...metadata }];
const role = (kind: string, rules: object[]) => ({ kind, metadata, rules });
const binding = (kind: string) => ({
  kind: `${kind}Binding`,
  metadata,
  subjects,
  roleRef: { kind, name: "operator" },
});
const leases = {
  apiGroups: ["coordination.k8s.io"],
  resources: ["leases"],
  resourceNames: ["mine"],
  verbs: ["get"],
};
const pods = { apiGroups: [""], resources: ["pods", "pods/log"], verbs: ["list", "watch"] };

describe("the rights of a service account", () => {
  it("are those of all roles that are bound to it, a verb and a resource each", () => {
    const objects = [
      role("ClusterRole", [pods]),
      binding("ClusterRole"),
      role("Role", [leases]),
      binding("Role"),
    ];
    const [[account, rights] = ["", []]] = rightsIn(objects);
    expect(account).toBe("system:serviceaccount:system:operator");
    expect(rights.map(inWords)).toEqual([
      ...["list pods", "watch pods", "list pods/log", "watch pods/log"],
      "get coordination.k8s.io/leases mine",
    ]);
  });

  it("of a role that is not there are a mistake", () => {
    expect(() => rightsIn([binding("Role")])).toThrow("There is no Role operator");
  });
});

describe("what a request asks for", () => {
  const [right] = [...rightsIn([role("Role", [leases]), binding("Role")]).values()].flat();
  if (!right) throw new Error("There is no right");

  it.each<[string, AuditEvent["objectRef"], string[]]>([
    ["patch", { resource: "pods", subresource: "status", name: "web" }, ["patch pods/status web"]],
    ["list", { apiGroup: "apps", resource: "deployments" }, ["list apps/deployments"]],
  ])("to %s %j", (verb, objectRef, words) => {
    expect(askedFor(event(verb, objectRef)).map(inWords)).toEqual(words);
  });

  it("by an apply that made its object is to make it, too", () => {
    const made = event("patch", { resource: "secrets", name: "a" }, { responseStatus: { code: 201 } });
    expect(askedFor(made).map(inWords)).toEqual(["patch secrets a", "create secrets a"]);
  });

  it.each([
    ["of that name", "get", "mine", true],
    ["of another name", "get", "other", false],
    ["by another verb", "update", "mine", false],
    ["of no name", "get", undefined, false],
  ])("%s is allowed: %s %s %s", (_what, verb, name, isAllowed) => {
    const objectRef = { apiGroup: "coordination.k8s.io", resource: "leases", ...(name && { name }) };
    expect(askedFor(event(verb, objectRef)).some((wanted) => allows(right, wanted))).toBe(isAllowed);
  });
});

describe("a request was denied", () => {
  const refused = (message: string) => event("patch", {}, { responseStatus: { code: 403, message } });

  it.each([
    event("get", {}, { annotations: { "authorization.k8s.io/decision": "forbid" } }),
    refused('secrets "a" is forbidden: User "b" cannot create resource "secrets" in API group ""'),
    refused(
      "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on",
    ),
    refused("cannot set an ownerRef on a resource you can't delete"),
  ])("where %j", (denied) => {
    expect(isDenied(denied)).toBe(true);
  });

  it.each([
    refused("unable to create new content in namespace a because it is being terminated"),
    refused("exceeded quota: pods, requested: pods=1"),
    event("get", {}, { responseStatus: { code: 404 } }),
  ])("and not where %j", (other) => {
    expect(isDenied(other)).toBe(false);
  });
});
