import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { childKinds } from "../../../operator/kinds.ts";
import { connect } from "../../../operator/runtime/connect.ts";
import type { KubeClient } from "../../../operator/runtime/kubeClient.ts";
import {
  lookingAfter,
  type RunningOperator,
  sharedApiServer,
  startOperator,
} from "../../support/apiServer.ts";
import { patchSpec } from "../../support/hitCounters.ts";
import { makeWeb, patch } from "../../support/pretended.ts";
import { until } from "../../support/until.ts";

const api = sharedApiServer();
let operator: RunningOperator;
let client: KubeClient;

beforeAll(async () => {
  client = connect({ kubeconfig: api.kubeconfig, userAgent: "traffic-policy-test" });
  operator = await startOperator(
    api.kubeconfig,
    lookingAfter("there-and-back", "kept-local", "kept-cluster"),
  );
}, 1_800_000);
afterAll(async () => {
  await operator?.stop();
  await client?.close();
});

/** Type and policy of the proxy's Service, and whether it has a port at which a balancer asks each node. */
async function seen(namespace: string): Promise<string> {
  const service = await client.get(childKinds.Service, { namespace, name: "web-proxy" });
  const { type, externalTrafficPolicy, healthCheckNodePort } = service?.spec ?? {};
  return [type, externalTrafficPolicy, healthCheckNodePort && "asked"].filter((each) => each).join(" ");
}
const untilSeen = (namespace: string, wanted: string) =>
  until(wanted, async () => {
    const is = await seen(namespace);
    if (is === wanted) return true;
    throw new Error(is);
  });

describe("spec.proxy.service.externalTrafficPolicy", () => {
  it("comes and goes with the types that can have one, and all that hangs on it with it", async () => {
    const kubectl = await makeWeb(api, "there-and-back");
    await untilSeen("there-and-back", "LoadBalancer Cluster");
    const steps: [object, string][] = [
      [{ externalTrafficPolicy: "Local" }, "LoadBalancer Local asked"],
      [{ type: "NodePort" }, "NodePort Local"],
      [{ type: "LoadBalancer" }, "LoadBalancer Local asked"],
      [{ externalTrafficPolicy: null }, "LoadBalancer Cluster"],
      [{ externalTrafficPolicy: "Local" }, "LoadBalancer Local asked"],
      [{ type: "ClusterIP", externalTrafficPolicy: null }, "ClusterIP"],
      [{ type: "NodePort", externalTrafficPolicy: "Cluster" }, "NodePort Cluster"],
    ];
    for (const [service, wanted] of steps) {
      await patchSpec(kubectl, "web", { proxy: { service } });
      await untilSeen("there-and-back", wanted);
    }
  });

  it.each([
    ["Local", "Cluster"],
    ["Cluster", "Local"],
  ])("%s is put back where somebody makes it %s by hand", async (wanted, other) => {
    const namespace = `kept-${wanted.toLowerCase()}`;
    await makeWeb(api, namespace, {
      proxy: { service: { type: "NodePort", externalTrafficPolicy: wanted } },
    });
    await untilSeen(namespace, `NodePort ${wanted}`);
    const key = { namespace, name: "web-proxy" };
    const changed = await patch(client, childKinds.Service, key, { spec: { externalTrafficPolicy: other } });
    expect(changed.spec?.externalTrafficPolicy).toBe(other);
    await untilSeen(namespace, `NodePort ${wanted}`);
  });
});
