import { afterAll, beforeAll, expect, it } from "@jest/globals";
import type { V1Pod, V1Service } from "@kubernetes/client-node";
import { TEST_CLUSTER } from "../../../cluster/cluster.ts";
import { inNode } from "../../../cluster/kind.ts";
import { readMade, stateFolder } from "../../../cluster/state.ts";
import { freshNamespace, testCluster } from "../../support/cluster.ts";
import { reachedFrom } from "../../support/connections.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { startListener } from "../../support/listener.ts";
import { testNodes } from "../../support/nodeImages.ts";
import { workersOf } from "../../support/nodes.ts";

const NAMESPACE = "stray";
const PORT = 7777;
/** Of the pods' range, and of no node's part of it. */
const UNKNOWN_POD = "10.244.250.1";
const TABLE = "hitcounter_test";

let kubectl: Kubectl;
let pod: V1Pod;
let other: V1Pod;

beforeAll(async () => {
  kubectl = await freshNamespace(testCluster().kubectl, NAMESPACE);
  const [one = "", another = ""] = await workersOf(kubectl);
  [pod, other] = await Promise.all([
    startListener(kubectl, "one", PORT, { nodeName: one }),
    startListener(kubectl, "other", PORT, { nodeName: another }),
  ]);
}, 3_600_000);

afterAll(async () => {
  if (pod) await nft(`delete table ip ${TABLE}`).catch(() => {});
  await kubectl?.("delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=false");
});

async function nft(script: string): Promise<string> {
  const { engine } = await testNodes();
  return await inNode(engine, pod.spec?.nodeName ?? "", ["nft", script]);
}

/** Counts packets to these addresses: those that pods send, and those that leave the node. */
const counters = (addresses: readonly string[]) => `table ip ${TABLE}
delete table ip ${TABLE}
table ip ${TABLE} {
  chain sent {
    type filter hook prerouting priority raw;
    ${addresses.map((address) => `ip daddr ${address} counter comment "sent to ${address}"`).join("\n")}
  }
  chain left {
    type filter hook postrouting priority srcnat + 10;
    ${addresses.map((address) => `oifname eth0 ip daddr ${address} counter comment "left to ${address}"`).join("\n")}
  }
}`;

/** kind's own nodes are made by others, for machines that have an Internet anyway. */
const isBuiltHere = async () => (await readMade(stateFolder(TEST_CLUSTER)))?.built === true;

it("a packet to a service without endpoints, or to a pod that nobody knows, does not leave its node", async () => {
  if (!(await isBuiltHere())) return;
  await kubectl.apply({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "empty" },
    spec: { selector: { app: "nobody" }, ports: [{ port: PORT }] },
  });
  const { spec } = await kubectl.json<V1Service>("get", "service", "empty");
  const known = other.status?.podIP ?? "";
  const stray = [spec?.clusterIP ?? "", UNKNOWN_POD];
  await nft(counters([known, ...stray]));
  const reached = await reachedFrom(
    pod,
    [known, ...stray].map((address) => `${address}:${PORT}`),
  );
  expect([...reached]).toEqual([`${known}:${PORT}`]);
  const listed = await nft(`list table ip ${TABLE}`);
  const packets = (what: string) =>
    Number(new RegExp(`packets (\\d+) bytes \\d+ comment "${what}"`).exec(listed)?.[1]);
  for (const address of [known, ...stray]) expect(packets(`sent to ${address}`)).toBeGreaterThan(0);
  expect(packets(`left to ${known}`)).toBeGreaterThan(0);
  expect(stray.map((address) => packets(`left to ${address}`))).toEqual([0, 0]);
});
