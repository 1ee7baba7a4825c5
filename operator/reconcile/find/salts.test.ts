import { describe, expect, it } from "@jest/globals";
import type { V1Deployment, V1Secret } from "@kubernetes/client-node";
import { FakeCluster } from "../../testing/fakeCluster.ts";
import { hitCounterWith } from "../../testing/fixtures.ts";

const DAY_MS = 86_400_000;
const TITLE = "Secret web-visitors";

/** A HitCounter `web` whose visitors are counted and that serves, at the beginning of 2026-01-02. */
async function serving(): Promise<FakeCluster> {
  const cluster = new FakeCluster(hitCounterWith({ visitors: { enabled: true } }));
  await cluster.settle();
  cluster.run();
  await cluster.turn();
  cluster.count(42);
  await cluster.settle();
  return cluster;
}
const saltsIn = (cluster: FakeCluster) => cluster.object<V1Secret>(TITLE).data ?? {};
const known = (cluster: FakeCluster) => cluster.context.memories.of(cluster.hitCounter).salts ?? {};
const template = (cluster: FakeCluster) =>
  cluster.object<V1Deployment>("Deployment web-counter").spec?.template;
/** Another operator leads from now on. */
const forget = (cluster: FakeCluster) => cluster.context.memories.forget({ namespace: "demo", name: "web" });

describe("the salts of visitors", () => {
  it("are today's and tomorrow's, each made once, and are looked at again when the day is over", async () => {
    const cluster = await serving();
    expect(Object.keys(saltsIn(cluster))).toEqual(["2026-01-02", "2026-01-03"]);
    expect(cluster.salts).toBe(2);
    cluster.clock.advance(DAY_MS - 5_000);
    expect(await cluster.turn()).toEqual({ requeueAfterMs: 5_000 });
    expect(cluster.writes).toEqual([]);
  });

  it("are others the day after: tomorrow's is today's, the past one is gone, and no pod is replaced", async () => {
    const cluster = await serving();
    const [before, pods] = [known(cluster), template(cluster)];
    cluster.clock.advance(DAY_MS);
    await cluster.turn();
    expect(cluster.writes).toEqual([`apply ${TITLE}`]);
    expect(cluster.events.join()).not.toContain(before["2026-01-03"]);
    expect(Object.keys(known(cluster))).toEqual(["2026-01-03", "2026-01-04"]);
    expect(known(cluster)["2026-01-03"]).toBe(before["2026-01-03"]);
    expect(saltsIn(cluster)).toMatchObject(known(cluster));
    expect(template(cluster)).toEqual(pods);
    await cluster.settle();
    expect(cluster.salts).toBe(3);
  });

  it("are all made anew after a pause of days", async () => {
    const cluster = await serving();
    cluster.clock.advance(5 * DAY_MS);
    await cluster.turn();
    expect(Object.keys(known(cluster))).toEqual(["2026-01-07", "2026-01-08"]);
    expect(cluster.salts).toBe(4);
  });

  it("are put back as they were where their Secret was deleted or changed", async () => {
    const cluster = await serving();
    const before = saltsIn(cluster);
    cluster.remove(TITLE);
    await cluster.settle();
    expect(saltsIn(cluster)).toEqual(before);
    cluster.patch(TITLE, { data: { "2026-01-02": Buffer.alloc(32, 99).toString("base64") } });
    await cluster.settle();
    expect(saltsIn(cluster)).toEqual(before);
    expect(cluster.salts).toBe(2);
  });

  it("are taken from the Secret by an operator that has just begun, but for what is none", async () => {
    const cluster = await serving();
    const before = saltsIn(cluster);
    cluster.patch(TITLE, { data: { "2026-01-03": "c2hvcnQ=" } });
    forget(cluster);
    await cluster.settle();
    expect(saltsIn(cluster)["2026-01-02"]).toBe(before["2026-01-02"]);
    expect(cluster.salts).toBe(3);
    expect(Buffer.from(saltsIn(cluster)["2026-01-03"] ?? "", "base64")).toHaveLength(32);
  });

  it("are gone with the wish for them, from the operator's memory too", async () => {
    const cluster = await serving();
    const { status, metadata } = cluster.hitCounter;
    cluster.put({ ...hitCounterWith(), metadata, ...(status && { status }) });
    await cluster.settle();
    expect(cluster.titles).not.toContain(TITLE);
    expect(known(cluster)).toEqual({});
    expect(cluster.told("VisitorsCounted")).toBe("none");
    expect(JSON.stringify(template(cluster))).not.toContain("visitors");
  });

  it("are never told", async () => {
    const cluster = await serving();
    const { status } = cluster.hitCounter;
    for (const salt of Object.values(saltsIn(cluster))) {
      expect(JSON.stringify([status, cluster.events])).not.toContain(salt);
    }
  });
});
