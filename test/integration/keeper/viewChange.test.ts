import { afterEach, describe, expect, it } from "@jest/globals";
import { tell } from "../../support/findings.ts";
import { type KeptGroup, startKeptGroup } from "../../support/keptGroup.ts";
import { type RedisEngine, redisEngines } from "../../support/redisServer.ts";
import { sizeOf } from "../../support/size.ts";
import type { TermCounter } from "../../support/termCounter.ts";
import type { TestNode } from "../../support/threeNodes.ts";
import { until } from "../../support/until.ts";

/** How often each is measured. */
const rounds = sizeOf("KEEPER_SPEED_ROUNDS", { test: 1, soak: 20 });

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const start = async (engine: RedisEngine, keepers = 1): Promise<KeptGroup> => {
  const group = await startKeptGroup(engine, keepers);
  cleanups.push(group.remove);
  await group.untilInSync();
  return group;
};

/** Milliseconds for which no hit was told a number, at most, from this time on. */
const longestGap = ({ told }: TermCounter, from: number): number => {
  const times = [from, ...[...told.values()].map(({ at }) => at).filter((at) => at >= from)];
  return Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? at)));
};
const median = (all: number[]) => Math.round(all.sort((one, other) => one - other)[all.length >> 1] ?? 0);

describe.each(redisEngines)("three empty nodes of %s", (engine) => {
  it("become one group, which counts on through the loss of its primary", async () => {
    const group = await start(engine, 2);
    const counter = group.count();
    await counter.untilTold(20);
    const before = group.primary();
    await before.kill();
    await counter.untilTold(1);
    const [keeper] = group.keepers.all;
    await until("another leads", () => keeper?.state().primary !== before.name);
    await before.start();
    await group.untilInSync();
    expect(keeper?.state()).toMatchObject({
      replicas: 3,
      inSync: 3,
      condition: "InSync",
      lastChange: { from: before.name, to: group.primary().name, reason: "PrimarySilent" },
    });
    expect(await group.verdict()).toMatchObject({ lost: 0, twice: 0, uncounted: 0 });
  });

  it(
    `are measured ${rounds} times: how long nothing is counted`,
    async () => {
      const group = await start(engine, 2);
      const counter = group.count();
      const befalls: Record<string, (node: TestNode) => Promise<() => Promise<void>>> = {
        "SIGKILL of the primary": async (node) => {
          await node.kill();
          return node.start;
        },
        "a silent primary": async (node) => {
          await node.halt();
          return node.goOn;
        },
        "a hand-over": async (node) => {
          group.keepers.leave(node.name);
          await until("another leads", () => group.primary() !== node, { everyMs: 20 });
          return async () => group.keepers.leave(undefined);
        },
      };
      const found: string[] = [];
      for (const [name, befall] of Object.entries(befalls)) {
        const gaps: number[] = [];
        for (let round = 0; round < rounds; round += 1) {
          await group.untilInSync();
          await counter.untilTold(10);
          const from = performance.now();
          const mend = await befall(group.primary());
          await counter.untilTold(10);
          gaps.push(longestGap(counter, from));
          await mend();
        }
        found.push(`${name} ${median(gaps)} ms`);
      }
      tell("keeper", `${engine}, median of ${rounds} without a hit counted: ${found.join(", ")}`);
      expect(await group.verdict()).toMatchObject({ lost: 0, twice: 0, uncounted: 0 });
    },
    120_000 + rounds * 60_000,
  );
});
