import type { V1Node } from "@kubernetes/client-node";
import { podsOf, untilSettledAndGone } from "./aftermath.ts";
import { tell } from "./findings.ts";
import { getOnce } from "./get.ts";
import { conditionOf, read } from "./hitCounters.ts";
import type { Kubectl } from "./kubectl.ts";
import { expectNothingLost, underLoad } from "./underLoad.ts";
import { until } from "./until.ts";

/** Requests a second of the tests of three copies. */
const RATE = 100;

/** Spec of proxies beside the control plane, so that whatever becomes of a worker, visitors' connections live. */
export const besideControlPlane = {
  pod: {
    nodeSelector: { "node-role.kubernetes.io/control-plane": "" },
    tolerations: [{ key: "node-role.kubernetes.io/control-plane", operator: "Exists" }],
  },
};

/** Waits until a HitCounter has settled with three copies that all have everything. */
export async function untilInSync(kubectl: Kubectl, name: string): Promise<void> {
  await until(
    `the copies of ${name} are in sync`,
    async () => {
      const told = await conditionOf(kubectl, name, "RedisReplicated");
      if (told?.status === "True") return true;
      throw new Error(`${told?.reason}: ${told?.message}`);
    },
    { withinSeconds: 240 },
  );
  await untilSettledAndGone(kubectl, name);
}

/** Does something to a HitCounter of three copies under load, waits until all is well again, and expects that nobody noticed. */
export async function expectUnharmed(
  kubectl: Kubectl,
  name: string,
  what: string,
  change: () => Promise<unknown>,
): Promise<void> {
  const wholeChange = async () => {
    await change();
    await untilInSync(kubectl, name);
  };
  const seen = await underLoad(kubectl, name, `three copies: ${what}`, wholeChange, { rate: RATE });
  tell("three copies", `${what}: the longest wait was ${(seen.slowestMs / 1000).toFixed(1)} s`);
  expectNothingLost(seen);
}

/** The pod that is primary, by the status, and its node; waits for one while it is not known. */
export const primaryOf = (kubectl: Kubectl, name: string): Promise<{ pod: string; node: string }> =>
  until(`${name} has a primary that has a node`, async () => {
    const pod = (await read(kubectl, name)).status?.redis?.primary;
    const pods = await podsOf(kubectl, name, "redis");
    const node = pods.find(({ metadata }) => metadata?.name === pod)?.spec?.nodeName;
    return pod !== undefined && node !== undefined && { pod, node };
  });

/** Waits until the count can be read, which a primary alone answers, without counting. */
export const untilAnswered = (url: string) =>
  until("the count is answered", async () => (await getOnce(`${url}/hits`)).status === 200, { everyMs: 100 });

/** Brings a pod of the operator to a node, where none is there. */
export async function bringOperatorTo(cluster: Kubectl, system: Kubectl, node: string): Promise<void> {
  const pods = ["pods", "-l", "app.kubernetes.io/name=hitcounter-operator"];
  const names = async (...more: string[]) =>
    (await system("get", ...pods, ...more, "-o", "name")).split("\n").filter((line) => line !== "");
  const onIt = () => names("--field-selector", `spec.nodeName=${node}`);
  if ((await onIt()).length > 0) return;
  const [one = ""] = await names();
  const { items } = await cluster.json<{ items: V1Node[] }>("get", "nodes");
  const others = items.map(({ metadata }) => metadata?.name ?? "").filter((name) => name !== node);
  await cluster("cordon", ...others);
  try {
    await system("delete", one);
    await until("a pod of the operator is there", async () => (await onIt()).length > 0);
    await system("rollout", "status", "deployment/hitcounter-operator", "--timeout=120s");
  } finally {
    await cluster("uncordon", ...others);
  }
}
