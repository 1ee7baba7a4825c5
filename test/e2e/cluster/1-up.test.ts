import { beforeAll, describe, expect, it } from "@jest/globals";
import type { V1Namespace } from "@kubernetes/client-node";
import { wantedRelease } from "../../../cluster/nodeImage/releases.ts";
import type { KubeObject } from "../../../operator/runtime/objects.ts";
import { repairCluster, testCluster } from "../../support/cluster.ts";
import type { Kubectl } from "../../support/kubectl.ts";

let kubectl: Kubectl;
let printed: string;
let before: string[];
let after: string[];

beforeAll(async () => {
  ({ kubectl } = testCluster());
  const active = await activeNamespaces();
  before = await everythingIn(active);
  printed = await repairCluster();
  after = await everythingIn(active);
}, 3_600_000);

/** Those that no earlier test has deleted. */
async function activeNamespaces(): Promise<Set<string>> {
  const { items } = await kubectl.json<{ items: V1Namespace[] }>("get", "namespaces");
  const active = items.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
  return new Set(active.map(({ metadata }) => metadata?.name ?? ""));
}

/** What identifies every object, in these namespaces or in none, that another run could have changed. */
async function everythingIn(namespaces: ReadonlySet<string>): Promise<string[]> {
  const kinds =
    "nodes,namespaces,crds,hitcounters,deployments,statefulsets,daemonsets,services,configmaps,secrets,pods";
  const { items } = await kubectl.json<{ items: KubeObject[] }>("get", kinds, "-A");
  return items
    .filter(({ kind, metadata }) => {
      const namespace = kind === "Namespace" ? metadata?.name : metadata?.namespace;
      return namespace === undefined || namespaces.has(namespace);
    })
    .map(({ kind, metadata }) => `${kind}/${metadata?.name} ${metadata?.uid} ${metadata?.generation}`)
    .sort();
}

describe("npm run up", () => {
  it("ends with the sample counting, and says what to try next", () => {
    expect(printed).toMatch(/\$ curl http:\/\/\S+\n(Holla! we have hit \d+ times|\{"hits":\d+\})/);
    expect(printed).toMatch(
      /NAME +VERSION +READY +HITS +ADDRESS +STATUS +AGE\nhitcounter +1\.0\.0 +2\/2 +\d+ +\S+ +Serving/,
    );
    expect(printed).toMatch(/Try next:\n {2}curl http/);
  });

  it("makes one control plane and three workers, all Ready and of the wanted release", async () => {
    const rows = (await kubectl("get", "nodes", "--no-headers")).trim().split("\n");
    const columns = rows.map((row) => row.split(/\s+/));
    for (const [, , , , version] of columns) expect(version).toMatch(`v${wantedRelease().minor}.`);
    expect(columns.map((column) => column.slice(1, 3).join(" ")).sort()).toEqual([
      "Ready <none>",
      "Ready <none>",
      "Ready <none>",
      "Ready control-plane",
    ]);
  });

  it("leaves no namespace but the cluster's own into which a pod may come that does not pass Pod Security restricted", async () => {
    const { items } = await kubectl.json<{ items: V1Namespace[] }>(
      ...["get", "namespaces", "-l", "pod-security.kubernetes.io/enforce!=restricted"],
    );
    const names = items.map(({ metadata }) => metadata?.name ?? "");
    const ofCluster = /^(kube-.*|load-balancer|local-path-storage)$/;
    expect(names.filter((name) => !ofCluster.test(name))).toEqual([]);
  });

  it("changes nothing when it is run again", () => {
    expect(before.length).toBeGreaterThan(20);
    expect(after).toEqual(before);
  });
});
