import { beforeAll, describe, expect, it } from "@jest/globals";
import type { V1Namespace } from "@kubernetes/client-node";
import { wantedRelease } from "../../../cluster/nodeImage/releases.ts";
import { npmRun, repairCluster, testCluster } from "../../support/cluster.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { until } from "../../support/until.ts";

let kubectl: Kubectl;
let printed: string;

beforeAll(async () => {
  printed = await repairCluster();
  ({ kubectl } = testCluster());
  await until("what earlier tests have deleted is gone", async () => {
    const { items } = await kubectl.json<{ items: V1Namespace[] }>("get", "namespaces");
    return items.every(({ status }) => status?.phase === "Active");
  });
}, 3_600_000);

/** What identifies every object that a second run could have changed. */
const everything = async () => {
  const kinds =
    "nodes,namespaces,crds,hitcounters,deployments,statefulsets,daemonsets,services,configmaps,secrets,pods";
  const listed = await kubectl(
    "get",
    kinds,
    "-A",
    "-o",
    "jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.uid} {.metadata.generation}{'\\n'}{end}",
  );
  return listed.trim().split("\n").sort();
};

describe("npm run up", () => {
  it("ends with the sample counting, and says what to try next", () => {
    expect(printed).toMatch(/\$ curl http:\/\/\S+\n(Holla! we have hit \d+ times|\{"hits":\d+\})/);
    expect(printed).toMatch(
      /NAME +VERSION +READY +HITS +ADDRESS +STATUS +AGE\nhitcounter +1\.0\.0 +2\/2 +\d+ +\S+ +Serving/,
    );
    expect(printed).toMatch(/Try next:\n {2}curl http/);
  });

  it("makes one control plane and two workers, all Ready and of the wanted release", async () => {
    const rows = (await kubectl("get", "nodes", "--no-headers")).trim().split("\n");
    const columns = rows.map((row) => row.split(/\s+/));
    for (const [, , , , version] of columns) expect(version).toMatch(`v${wantedRelease().minor}.`);
    expect(columns.map((column) => column.slice(1, 3).join(" ")).sort()).toEqual([
      "Ready <none>",
      "Ready <none>",
      "Ready control-plane",
    ]);
  });

  it("changes nothing when it is run again", async () => {
    const before = await everything();
    expect((await npmRun("up")).code).toBe(0);
    expect(await everything()).toEqual(before);
  });
});
