import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { childKinds } from "../../../operator/kinds.ts";
import {
  type ApiServer,
  type RunningOperator,
  serviceAccountKubeconfig,
  startApiServer,
  startOperator,
} from "../../support/apiServer.ts";
import { requestsOf } from "../../support/audit.ts";
import { wantedChildren } from "../../support/children.ts";
import { untilTold } from "../../support/hitCounters.ts";
import { makeWeb, patch } from "../../support/pretended.ts";
import { isDenied } from "../../support/rights.ts";
import { until } from "../../support/until.ts";

// An API server as OpenShift's: who sets or changes the owners of an object is asked for more than the right to write it.

const ROLE = { kind: "ClusterRole", name: "hitcounter-operator" };
const children = wantedChildren();
let api: ApiServer;
let operator: RunningOperator;

beforeAll(async () => {
  api = await startApiServer("OwnerReferencesPermissionEnforcement");
  await api.kubectl("apply", "--server-side", "-k", join(import.meta.dirname, "../../../config/default"));
  // The plugin learns of kinds every 30 seconds, and when it begins.
  await api.restartApiServer();
  operator = await startOperator(await serviceAccountKubeconfig(api));
}, 1_800_000);
afterAll(async () => {
  await operator?.stop();
  await api?.stop();
});

/** Gives the operator all of its rights but those of one rule. */
async function without(resource: string, verb: string): Promise<void> {
  const { rules } = await api.kubectl.json<{ rules: { resources: string[]; verbs: string[] }[] }>(
    ...["get", ROLE.kind, ROLE.name],
  );
  const fewer = rules.map((rule) =>
    rule.resources.includes(resource) ? { ...rule, verbs: rule.verbs.filter((each) => each !== verb) } : rule,
  );
  const kept = fewer.filter(({ verbs }) => verbs.length > 0);
  expect(kept).not.toEqual(rules);
  await api.kubectl("patch", ROLE.kind, ROLE.name, "--type=merge", "-p", JSON.stringify({ rules: kept }));
}
const withAll = () =>
  api.kubectl(
    "apply",
    "--server-side",
    "--force-conflicts",
    "-k",
    join(import.meta.dirname, "../../../config/rbac"),
  );

describe("where owners are checked, the operator", () => {
  it("makes every child, and owns again one that lost its owner, without a request that is denied", async () => {
    const kubectl = await makeWeb(api, "checked");
    await until("every child is there", async () => {
      const there = await Promise.all(
        children.map(({ kind, name }) => kubectl.client.get(kind, { namespace: "checked", name })),
      );
      return there.every((child) => child !== undefined);
    });
    for (const { kind, name } of children) {
      const key = { namespace: "checked", name };
      await patch(kubectl.client, kind, key, { metadata: { ownerReferences: null } });
      await until(`${kind.kind} ${name} has its owner again`, async () => {
        const { metadata } = (await kubectl.client.get(kind, key)) ?? {};
        return metadata?.ownerReferences?.length === 1;
      });
    }
    const denied = (await requestsOf(api.auditLog, "hitcounter-operator")).filter(isDenied);
    expect(denied.map(({ verb, requestURI, responseStatus }) => [verb, requestURI, responseStatus])).toEqual(
      [],
    );
  });

  it("could make none without its right to update the finalizers of HitCounters", async () => {
    await without("hitcounters/finalizers", "update");
    const kubectl = await makeWeb(api, "no-finalizers");
    const message = await untilTold(kubectl.client, "no-finalizers", "Degraded=True Refused");
    expect(message).toContain("cannot set blockOwnerDeletion");
    await withAll();
  });

  it("could own none again without its right to delete it, wanted or not", async () => {
    const kubectl = await makeWeb(api, "no-delete");
    const key = { namespace: "no-delete", name: "web-proxy" };
    await until("it is there", () => kubectl.client.get(childKinds.ConfigMap, key));
    await without("configmaps", "delete");
    await patch(kubectl.client, childKinds.ConfigMap, key, { metadata: { ownerReferences: null } });
    const message = await untilTold(kubectl.client, "no-delete", "Degraded=True Refused");
    expect(message).toContain("cannot set an ownerRef on a resource you can't delete");
    await withAll();
  });
});
