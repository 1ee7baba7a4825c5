import { afterEach, describe, expect, it } from "@jest/globals";
import { tell } from "../../support/findings.ts";
import { type KeptGroup, startKeptGroup } from "../../support/keptGroup.ts";
import type { NodeEngine } from "../../support/threeNodes.ts";
import { until } from "../../support/until.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const start = async (engine: NodeEngine, keepers = 1): Promise<KeptGroup> => {
  const group = await startKeptGroup(engine, keepers);
  cleanups.push(group.remove);
  await group.untilInSync();
  return group;
};

describe.each(["redis", "valkey"] as const)("three empty nodes of %s", (engine) => {
  it("become one group, which counts on through the loss of its primary", async () => {
    const group = await start(engine, 2);
    const counter = group.count();
    await counter.untilTold(50);
    const before = group.primary();
    const at = performance.now();
    await before.kill();
    await counter.untilTold(1);
    tell("keeper", `${engine}: ${Math.round(performance.now() - at)} ms from SIGKILL to the next hit`);
    await until("another leads", () => group.keepers.all[0]?.state().primary !== before.name);
    await before.start();
    await group.untilInSync();
    expect(group.keepers.all[0]?.state()).toMatchObject({
      replicas: 3,
      inSync: 3,
      condition: "InSync",
      lastChange: { from: before.name, to: group.primary().name, reason: "PrimarySilent" },
    });
    expect(await group.verdict()).toMatchObject({ lost: 0, twice: 0, uncounted: 0 });
  });
});
