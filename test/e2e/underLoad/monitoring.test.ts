import { writeFile } from "node:fs/promises";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { METRICS_LABEL } from "../../../operator/desired/networkPolicies.ts";
import { namesOf, podsOf, untilSettledAndGone } from "../../support/aftermath.ts";
import { readRules, selectorsIn } from "../../support/alerts.ts";
import { freshNamespace, testCluster } from "../../support/cluster.ts";
import { dashboardData, queryOf, readDashboard } from "../../support/dashboard.ts";
import { conditionOf, makeHitCounter, patchSpec, untilReady } from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { killProcess } from "../../support/nodes.ts";
import { type Prometheus, startPrometheus } from "../../support/prometheus.ts";
import { expectNothingLost, underLoad } from "../../support/underLoad.ts";
import { until } from "../../support/until.ts";

const NAME = "web";
const EXPORTERS = ["exporter", "exporter-nginx"];
/** Errors and refusals are counted from the first on; and no kubelet measures the volumes of this cluster. */
const ONLY_WHEN_WRONG = [/code=~"5\.\."/, /reason="crowded"/, /^kubelet_/];
/** Panels, for the same reasons; and there is one copy of Redis here. */
const WITHOUT_DATA = new Set(["Requests without a number", "Volume", "Copies that have all"]);
/** After the second the kubelet waits for 10 s before it starts it again: it is in a loop then. */
const KILLS = 2;
let kubectl: Kubectl;
let prometheus: Prometheus;
/** When Prometheus was there (Unix seconds). */
let began: number;

beforeAll(async () => {
  kubectl = await freshNamespace(testCluster().kubectl, "monitored", METRICS_LABEL);
  [prometheus] = await Promise.all([startPrometheus(kubectl), makeHitCounter(kubectl, NAME)]);
  began = Math.floor(Date.now() / 1000);
}, 3_600_000);

afterAll(async () => {
  await prometheus?.remove();
  await kubectl?.("delete", "namespace", "monitored", "--ignore-not-found", "--wait=false");
});

const monitor = (enabled: boolean) => patchSpec(kubectl, NAME, { monitoring: { enabled } });
const partsNow = async () => {
  const parts = await Promise.all(["counter", "redis", "proxy"].map((part) => podsOf(kubectl, NAME, part)));
  return namesOf(parts.flat());
};
/** Of the HitCounter's namespace alone: others may be there. */
const up = (job: string) => `up{job="${job}",namespace="monitored"} == 1`;

describe("under 200 requests a second", () => {
  it("metrics are turned on without another pod of Redis, counter or proxy, and Prometheus finds all of them", async () => {
    const before = await partsNow();
    const seen = await underLoad(
      kubectl,
      NAME,
      "metrics turned on, until Prometheus has all of them",
      async () => {
        await monitor(true);
        await prometheus.untilFound(up("app"), 2);
        await prometheus.untilFound(up("redis"), 1);
        await prometheus.untilFound(up("proxy"), 1);
        await prometheus.untilFound(up("kubernetes-service-endpoints"), 4);
      },
    );
    expectNothingLost(seen);
    expect(await partsNow()).toEqual(before);
    await prometheus.untilFound('up{job="operator"} == 1', 2);
    await prometheus.untilFound('redis_up{job="redis",namespace="monitored"} == 1', 1);
    await prometheus.untilFound('nginx_up{job="proxy",namespace="monitored"} == 1', 2);
  });

  it("exporters that are killed until they are in a loop cost no request, and are no fault of the HitCounter's", async () => {
    const seen = await underLoad(
      kubectl,
      NAME,
      "both exporters killed until they are in a loop",
      async () => {
        await Promise.all(EXPORTERS.map(killAgainAndAgain));
        await untilReady(kubectl, NAME);
        expect((await conditionOf(kubectl, NAME, "Degraded"))?.status).toBe("False");
      },
    );
    expectNothingLost(seen);
    await prometheus.untilFound('redis_up{job="redis",namespace="monitored"} == 1', 1);
    await prometheus.untilFound('nginx_up{job="proxy",namespace="monitored"} == 1', 2);
  });
});

/** Kills an exporter's process as soon as it runs, until the kubelet lets it wait. */
async function killAgainAndAgain(component: string): Promise<void> {
  const podNow = async () => (await podsOf(kubectl, NAME, component))[0];
  for (let kill = 0; kill < KILLS; kill += 1) {
    const pod = await until(`${component} runs after ${kill} kills`, async () => {
      const pod = await podNow();
      const [container] = pod?.status?.containerStatuses ?? [];
      return container?.state?.running && container.restartCount === kill && pod;
    });
    await killProcess(pod);
  }
  await until(`${component} is in a loop`, async () => {
    const [container] = (await podNow())?.status?.containerStatuses ?? [];
    return container?.state?.waiting?.reason === "CrashLoopBackOff";
  });
}

describe("the real Prometheus", () => {
  it("takes every rule", async () => {
    type Groups = { groups: { rules: { name: string; health: string }[] }[] };
    const { groups } = await prometheus.get<Groups>("rules");
    const rules = groups.flatMap(({ rules }) => rules);
    expect(rules).toHaveLength((await readRules()).length);
    expect(rules.filter(({ health }) => health !== "ok")).toEqual([]);
  });

  it("has the series that every rule looks for, but for those that are there only when something is wrong", async () => {
    const all = (await readRules()).flatMap(({ expr }) => selectorsIn(expr));
    const wanted = [...new Set(all)].filter(
      (selector) => !ONLY_WHEN_WRONG.some((each) => each.test(selector)),
    );
    expect(wanted.length).toBeGreaterThan(15);
    expect(await unanswered(wanted)).toEqual([]);
  });

  it("has data for every query of the dashboard, but for those of which there can be none here", async () => {
    const queries = (await readDashboard()).filter(({ title }) => !WITHOUT_DATA.has(title));
    expect(queries.length).toBeGreaterThan(25);
    expect(await unanswered(queries.map(({ expr }) => queryOf(expr, "monitored", NAME)))).toEqual([]);
  });

  it("has data to draw for every panel of it, which is kept where a picture is wanted", async () => {
    const to = Math.floor(Date.now() / 1000);
    const data = await dashboardData(prometheus, { namespace: "monitored", name: NAME, from: began, to });
    const empty = data.panels.filter(({ type, series }) => type !== "row" && series.length === 0);
    expect(empty.map(({ title }) => title).filter((title) => !WITHOUT_DATA.has(title))).toEqual([]);
    const { DASHBOARD_DATA: file } = process.env;
    if (file) await writeFile(file, JSON.stringify(data));
  });
});

/** The queries that find nothing. */
async function unanswered(queries: readonly string[]): Promise<string[]> {
  const found = await Promise.all(queries.map((query) => prometheus.query(query)));
  return queries.filter((_query, index) => found[index]?.length === 0);
}

it("the exporter of nginx follows the proxies when they are replaced", async () => {
  await patchSpec(kubectl, NAME, { proxy: { drainSeconds: 4 } });
  await untilSettledAndGone(kubectl, NAME);
  const addresses = (await podsOf(kubectl, NAME, "proxy")).map(({ status }) => status?.podIP);
  await until("it asks the new ones", async () => {
    const found = await prometheus.query('nginx_up{job="proxy",namespace="monitored"} == 1');
    const asked = found.map(({ metric }) => metric.addr);
    return (
      found.length === 2 &&
      addresses.every((address) => asked.some((addr) => addr?.includes(`//${address}:`)))
    );
  });
});
