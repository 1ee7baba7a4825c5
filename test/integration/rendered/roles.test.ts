import { beforeAll, describe, expect, it } from "@jest/globals";
import type { KubeObject } from "../../../operator/runtime/objects.ts";
import { everythingRendered } from "../../support/rendered.ts";
import { type Rule, rolesIn } from "../../support/rights.ts";

/** Parts of objects by which whoever may reach them runs programs in pods, or speaks for another. */
const NEVER = /^(pods\/(exec|attach|portforward|ephemeralcontainers)|nodes\/proxy|serviceaccounts\/token)$/;
const RBAC = /^(rbac|authentication|authorization|certificates)\.k8s\.io$/;

let rules: [where: string, rule: Rule][];

beforeAll(async () => {
  const rolesOf = ([from, objects]: [string, KubeObject[]]) =>
    rolesIn(objects).flatMap(({ kind, metadata, rules = [] }) =>
      rules.map((rule): [string, Rule] => [`${from}: ${kind} ${metadata?.name}`, rule]),
    );
  rules = [...(await everythingRendered())].flatMap(rolesOf);
}, 1_800_000);

const offending = (isWrong: (rule: Rule) => boolean) =>
  rules.filter(([, rule]) => isWrong(rule)).map(([where, rule]) => `${where}: ${JSON.stringify(rule)}`);

describe("a role in anything that is rendered", () => {
  it("is found in config, in the chart and in its Jobs", () => {
    const roles = new Set(rules.map(([where]) => where));
    expect([...roles]).toEqual(
      expect.arrayContaining([
        "config/default: ClusterRole hitcounter-operator",
        "config/default: ClusterRole hitcounter-editor",
        "config/namespaced/watched: Role hitcounter-operator",
        "the chart with all that it has: Role hitcounter-wait",
        "the chart with all that it has: Role hitcounter-delete",
      ]),
    );
    expect([...roles].filter((role) => role.endsWith("hitcounter-apply-crd"))).not.toEqual([]);
  });

  it("has no wildcard, neither for a group, nor for a resource, nor for a verb", () => {
    const all = ({ apiGroups = [], resources = [], nonResourceURLs = [], resourceNames = [], verbs }: Rule) =>
      [apiGroups, resources, nonResourceURLs, resourceNames, verbs].flat();
    expect(offending((rule) => all(rule).some((word) => word.includes("*")))).toEqual([]);
  });

  it("runs nothing in pods, speaks for nobody, and gives no rights to itself or to others", () => {
    expect(offending(({ resources = [] }) => resources.some((each) => NEVER.test(each)))).toEqual([]);
    expect(offending(({ apiGroups = [] }) => apiGroups.some((each) => RBAC.test(each)))).toEqual([]);
    const reaching = ["impersonate", "escalate", "bind", "deletecollection"];
    // Users may delete many of their own HitCounters at once.
    const isUsers = ({ apiGroups = [] }: Rule) => apiGroups.every((group) => group === "hitcounter.dev");
    expect(offending((rule) => !isUsers(rule) && rule.verbs.some((verb) => reaching.includes(verb)))).toEqual(
      [],
    );
  });
});
