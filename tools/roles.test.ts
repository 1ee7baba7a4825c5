import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { childKinds } from "../operator/kinds.ts";
import { roleFile } from "./roles.ts";

interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

const config = join(import.meta.dirname, "../config");
const read = (path: string) => readFile(join(config, path), "utf8");
const rulesIn = (file: string) => (parse(file) as { rules: Rule[] }).rules;
const rules = rulesIn(roleFile("ClusterRole"));
const verbsOn = (group: string, resource: string) =>
  rules
    .filter(({ apiGroups, resources }) => apiGroups.includes(group) && resources.includes(resource))
    .map(({ verbs }) => verbs.toSorted().join(" "));

describe("the operator's roles", () => {
  it.each([
    ["ClusterRole", "rbac/role.yaml"],
    ["Role", "namespaced/watched/role.yaml"],
  ] as const)("are as the table of kinds says: its %s", async (kind, path) => {
    expect(await read(path)).toBe(roleFile(kind));
  });

  it("allow the same in a namespace that it looks after as in all", () => {
    expect(rulesIn(roleFile("Role"))).toEqual(rules);
  });

  it("name every group, resource and verb, one rule for each resource", () => {
    expect(JSON.stringify(rules)).not.toContain("*");
    const resources = rules.map(({ apiGroups, resources: each }) => [apiGroups, each].join("/"));
    expect(resources).toEqual([...new Set(resources)]);
  });

  it.each([
    ["hitcounter.dev", "hitcounters", "get list watch"],
    ["hitcounter.dev", "hitcounters/status", "patch"],
    ["hitcounter.dev", "hitcounters/finalizers", "update"],
    ["", "pods", "delete list watch"],
    ["", "persistentvolumeclaims", "create delete get list patch watch"],
    ["", "events", "list"],
    ["events.k8s.io", "events", "create patch"],
  ])("allow of %s %s: %s", (group, resource, verbs) => {
    expect(verbsOn(group, resource)).toEqual([verbs]);
  });

  it.each(Object.values(childKinds))("allow to watch, apply and delete a child's kind: $plural", (kind) => {
    const group = kind.apiVersion.split("/").at(-2) ?? "";
    const [verbs] = verbsOn(group, kind.plural);
    expect(verbs?.split(" ")).toEqual(
      expect.arrayContaining(["get", "list", "watch", "create", "patch", "delete"]),
    );
  });
});
