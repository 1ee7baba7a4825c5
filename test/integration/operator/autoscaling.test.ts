import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { V1Deployment, V2HorizontalPodAutoscaler } from "@kubernetes/client-node";
import type { HitCounter } from "../../../operator/api/hitCounter.ts";
import { MANAGED_BY } from "../../../operator/desired/names.ts";
import { childKinds } from "../../../operator/kinds.ts";
import { APPLIED_HASH } from "../../../operator/reconcile/apply/managed.ts";
import { connect } from "../../../operator/runtime/connect.ts";
import type { KubeClient } from "../../../operator/runtime/kubeClient.ts";
import { objectPath } from "../../../operator/runtime/objects.ts";
import {
  type ApiServer,
  type RunningOperator,
  startApiServer,
  startOperator,
} from "../../support/apiServer.ts";
import { startFaultProxy } from "../../support/faultProxy.ts";
import { manifest } from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { until } from "../../support/until.ts";

/** Who holds the replicas that the operator lets go of until an autoscaler has set others. */
const HANDOVER = `${MANAGED_BY}-handover`;
/** As the autoscaler of Kubernetes is known to the API server. */
const AUTOSCALER = "kube-controller-manager";
/** One operator at a time: it need not wait for the Lease of one that was killed. */
const ALONE = { LEADER_ELECTION: "false" };

let api: ApiServer;
let operator: RunningOperator;
let client: KubeClient;

beforeAll(async () => {
  api = await startApiServer();
  client = connect({ kubeconfig: api.kubeconfig, userAgent: "autoscaling-test" });
  operator = await startOperator(api.kubeconfig, ALONE);
}, 1_800_000);
afterAll(async () => {
  await operator?.stop();
  await client?.close();
  await api?.stop();
});

const autoscaling = (minReplicas: number, maxReplicas: number) => ({
  counter: { autoscaling: { minReplicas, maxReplicas } },
});
const key = (namespace: string) => ({ namespace, name: "web-counter" });
const deploymentIn = async (namespace: string): Promise<V1Deployment> => {
  const found = await client.get(childKinds.Deployment, key(namespace));
  if (!found) throw new Error("there is no Deployment");
  return found;
};
const replicasIn = async (namespace: string) => (await deploymentIn(namespace)).spec?.replicas;
const hashIn = async (namespace: string) =>
  (await deploymentIn(namespace)).metadata?.annotations?.[APPLIED_HASH];

/** Who owns the replicas of the Deployment, in alphabetical order. */
async function ownersIn(namespace: string): Promise<string[]> {
  const { metadata } = await deploymentIn(namespace);
  return (metadata?.managedFields ?? [])
    .filter(({ fieldsV1 }) =>
      Object.hasOwn((fieldsV1 as Record<string, object>)["f:spec"] ?? {}, "f:replicas"),
    )
    .map(({ manager = "" }) => manager)
    .sort();
}

/** Waits until the Deployment says this of its replicas: how many, and who owns them. */
const untilOwned = (namespace: string, replicas: number, ...owners: string[]) =>
  until(`${replicas} replicas of ${owners}`, async () => {
    const seen = `${await replicasIn(namespace)} ${await ownersIn(namespace)}`;
    if (seen !== `${replicas} ${owners}`) throw new Error(`they are ${seen}`);
    return true;
  });

/** Whether there is an autoscaler. */
const isAutoscaled = async (namespace: string) =>
  (await client.get(childKinds.HorizontalPodAutoscaler, key(namespace))) !== undefined;
const untilAutoscaled = (namespace: string, wanted = true) =>
  until(wanted ? "there is an autoscaler" : "the autoscaler is gone", async () => {
    return (await isAutoscaled(namespace)) === wanted;
  });

/** Scales the Deployment as the autoscaler of Kubernetes does. */
async function autoscale(namespace: string, replicas: number): Promise<void> {
  const path = `${objectPath(childKinds.Deployment, key(namespace))}/scale`;
  const scale = JSON.parse((await client.raw("GET", path)).body);
  const { status, body } = await client.raw("PUT", path, {
    query: { fieldManager: AUTOSCALER },
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...scale, spec: { replicas } }),
  });
  if (status !== 200) throw new Error(body);
}

/** Every number of replicas that the Deployment is ever given from now on, in the order in which it is. */
async function recordReplicas(namespace: string) {
  const { metadata, items } = await client.list(childKinds.Deployment, { namespace });
  const counters = ({ metadata }: V1Deployment) => metadata?.name === "web-counter";
  const seen = items.filter(counters).map(({ spec }) => spec?.replicas ?? 0);
  const ending = new AbortController();
  const watching = (async () => {
    const { resourceVersion } = metadata;
    const options = { namespace, resourceVersion, timeoutSeconds: 1800, signal: ending.signal };
    for await (const { type, object } of client.watch(childKinds.Deployment, options)) {
      if (type === "BOOKMARK" || !counters(object)) continue;
      const { replicas = 0 } = object.spec ?? {};
      if (seen.at(-1) !== replicas) seen.push(replicas);
    }
  })().catch(() => {}); // it ends by being told to
  return {
    /** Ends the recording; a marker that the API server takes after all else makes sure that all was seen. */
    async stop(): Promise<number[]> {
      await autoscale(namespace, 999);
      await until("the recording has seen all", () => seen.at(-1) === 999, { everyMs: 10 });
      ending.abort();
      await watching;
      return seen.slice(0, -1);
    },
  };
}

/** A namespace with a HitCounter `web` whose counter Deployment is there. */
async function hitCounterIn(namespace: string, spec: object): Promise<Kubectl> {
  await api.kubectl("create", "namespace", namespace);
  const kubectl = api.kubectl.in(namespace);
  await kubectl.apply(manifest("web", spec));
  await until("the counter Deployment is there", () => deploymentIn(namespace));
  return kubectl;
}

/** Starts the operator anew, and waits until it has looked at the HitCounter of this namespace. */
async function restart(namespace: string): Promise<void> {
  await operator.stop();
  operator = await startOperator(api.kubeconfig, ALONE);
  await untilLookedAt(namespace);
}

async function untilLookedAt(namespace: string): Promise<void> {
  const looks = () =>
    operator.log().filter((line) => line.msg === "reconciled" && line.namespace === namespace).length;
  const before = looks();
  await api.kubectl.in(namespace)(
    "annotate",
    "service/web-counter",
    "--overwrite",
    `test/look=at-${performance.now()}`,
  );
  await until("the operator has looked", () => looks() > before);
}

describe("autoscaling that is turned on, off and on again", () => {
  it("never takes a counter away but by the autoscaler's word or the user's", async () => {
    const kubectl = await hitCounterIn("onoff", { counter: { replicas: 3 } });
    const recording = await recordReplicas("onoff");
    await untilOwned("onoff", 3, MANAGED_BY);

    await kubectl.apply(manifest("web", { counter: { replicas: 3, ...autoscaling(2, 9).counter } }));
    await untilAutoscaled("onoff");
    await untilOwned("onoff", 3, HANDOVER);
    await autoscale("onoff", 5);
    await untilOwned("onoff", 5, AUTOSCALER);

    await kubectl.apply(manifest("web", { counter: { replicas: 3 } }));
    await untilAutoscaled("onoff", false);
    await untilOwned("onoff", 3, MANAGED_BY);

    await kubectl.apply(manifest("web", { counter: { replicas: 3, ...autoscaling(2, 9).counter } }));
    await untilAutoscaled("onoff");
    await untilOwned("onoff", 3, HANDOVER);
    expect(await recording.stop()).toEqual([3, 5, 3]);
  });

  it("leaves nobody behind whose ownership stands in the way", async () => {
    const kubectl = await hitCounterIn("owners", { counter: { replicas: 3, ...autoscaling(3, 9).counter } });
    await untilOwned("owners", 3, HANDOVER);
    await kubectl.apply(manifest("web", { counter: { replicas: 3 } }));
    await untilOwned("owners", 3, MANAGED_BY, HANDOVER);
    await kubectl("scale", "hitcounter/web", "--replicas=4");
    await untilOwned("owners", 4, MANAGED_BY);
  });

  it("at no counters begins with the fewest, as an autoscaler does nothing for none", async () => {
    const kubectl = await hitCounterIn("none", { counter: { replicas: 0 } });
    await untilOwned("none", 0, MANAGED_BY);
    await kubectl.apply(manifest("web", { counter: { replicas: 0, ...autoscaling(3, 9).counter } }));
    await untilAutoscaled("none");
    expect(await replicasIn("none")).toBe(0);
    await kubectl("scale", "hitcounter/web", "--replicas=1");
    await untilOwned("none", 3, HANDOVER);
  });
});

describe("the replicas that an autoscaler has set", () => {
  let kubectl: Kubectl;
  beforeAll(async () => {
    kubectl = await hitCounterIn("scaled", autoscaling(3, 9));
  });

  it("begin with the fewest there may be, and never with less", async () => {
    await untilOwned("scaled", 3, HANDOVER);
    const recording = await recordReplicas("fresh");
    await hitCounterIn("fresh", autoscaling(3, 9));
    await untilOwned("fresh", 3, HANDOVER);
    expect(await recording.stop()).toEqual([3]);
  });

  it("survive the operator's looks, its restarts and changes of the spec", async () => {
    await autoscale("scaled", 5);
    const recording = await recordReplicas("scaled");
    await untilLookedAt("scaled");
    await restart("scaled");
    const before = await hashIn("scaled");
    await kubectl.apply(manifest("web", { version: "1.1.0", ...autoscaling(3, 9) }));
    await until("the Deployment is changed", async () => (await hashIn("scaled")) !== before);
    await kubectl("label", "deployment/web-counter", "app.kubernetes.io/managed-by-");
    await until(
      "the label is back",
      async () =>
        (await deploymentIn("scaled")).metadata?.labels?.["app.kubernetes.io/managed-by"] === MANAGED_BY,
    );
    await kubectl("scale", "hitcounter/web", "--replicas=4");
    await untilLookedAt("scaled");
    expect(await ownersIn("scaled")).toEqual([AUTOSCALER]);
    expect(await recording.stop()).toEqual([5]);
  });

  it("are what the HitCounter calls wanted", async () => {
    await autoscale("scaled", 6);
    await until("6 are wanted", async () => {
      const { status } = await kubectl.json<HitCounter>("get", "hitcounter", "web");
      return status?.ready === "0/6";
    });
  });

  it("are as many as a real autoscaler makes them", async () => {
    await hitCounterIn("real", { counter: { replicas: 2, ...autoscaling(2, 9).counter } });
    await untilOwned("real", 2, HANDOVER);
    await api.startControllers(["horizontal-pod-autoscaler-controller"]);
    await api.kubectl.in("real").apply(manifest("web", autoscaling(4, 9)));
    await untilOwned("real", 4, AUTOSCALER);
    const { spec } = await api.kubectl
      .in("real")
      .json<V2HorizontalPodAutoscaler>("get", "hpa", "web-counter");
    expect(spec).toMatchObject({ minReplicas: 4, maxReplicas: 9 });
  });
});

describe("an operator that is killed after it has handed the replicas over and before it lets go of them", () => {
  it("leaves them as they were, and its successor does the rest", async () => {
    const kubectl = await hitCounterIn("crash", { counter: { replicas: 4 } });
    const recording = await recordReplicas("crash");
    await untilOwned("crash", 4, MANAGED_BY);
    await operator.stop();

    const proxy = await startFaultProxy(api);
    let writes = 0;
    proxy.fault = ({ kind, path }) => {
      if (kind !== "write" || !path.endsWith("/namespaces/crash/deployments/web-counter")) return undefined;
      writes += 1;
      return writes > 1 ? new Promise(() => {}) : undefined;
    };
    const doomed = await startOperator(proxy.kubeconfig, ALONE);
    await kubectl.apply(manifest("web", { counter: { replicas: 4, ...autoscaling(2, 9).counter } }));
    await until("the second write is under way", () => writes > 1);
    await doomed.stop("SIGKILL");
    await proxy.close();
    expect(await ownersIn("crash")).toEqual([MANAGED_BY, HANDOVER]);

    operator = await startOperator(api.kubeconfig, ALONE);
    await untilAutoscaled("crash");
    await untilOwned("crash", 4, HANDOVER);
    expect(await recording.stop()).toEqual([4]);
  });
});

describe("kubectl scale", () => {
  it("scales the counters of a HitCounter without autoscaling", async () => {
    const kubectl = await hitCounterIn("manual", {});
    for (const replicas of [5, 1]) {
      await kubectl("scale", "hitcounter/web", `--replicas=${replicas}`);
      await untilOwned("manual", replicas, MANAGED_BY);
    }
  });
});
