import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "@jest/globals";
import { tell } from "../../support/findings.ts";
import { startKeptGroup } from "../../support/keptGroup.ts";
import { type NodeFault, nodeFaults } from "../../support/nodeFaults.ts";
import { type Random, randomFrom } from "../../support/random.ts";
import { sizeOf } from "../../support/size.ts";

const faults = sizeOf("KEEPER_FAULTS", { test: 30, soak: 300 });
const seed = Number(process.env.KEEPER_SEED ?? Date.now() % 1_000_000);
/** How many hits are counted between two faults, at least. */
const HITS_BETWEEN = 5;

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** So many faults, each kind as often as the others, in an order by chance. */
const drawn = (count: number, random: Random): [name: string, fault: NodeFault][] => {
  const drawn: [string, NodeFault][] = [];
  let left: [string, NodeFault][] = [];
  while (drawn.length < count) {
    if (left.length === 0) left = Object.entries(nodeFaults);
    const [next] = left.splice(random.below(left.length), 1);
    if (next !== undefined) drawn.push(next);
  }
  return drawn;
};

describe.each([
  { engine: "redis", share: 0.6 },
  { engine: "valkey", share: 0.4 },
] as const)("counters of a kept group of three of $engine", ({ engine, share }) => {
  const count = Math.ceil(faults * share);
  it(
    `lose no acknowledged hit and count none twice through ${count} faults`,
    async () => {
      const random = randomFrom(seed);
      const group = await startKeptGroup(engine, 2);
      cleanups.push(group.remove);
      await group.untilInSync();
      const counter = group.count();
      group.count();
      const slowest: string[] = [];
      for (const [name, fault] of drawn(count, random)) {
        await counter.untilTold(HITS_BETWEEN);
        await group.untilInSync();
        const from = performance.now();
        const told = `fault ${slowest.length + 1}, ${name} (KEEPER_SEED=${seed})`;
        try {
          await fault(group, random);
          await counter.untilTold(1);
          await group.untilInSync();
        } catch (cause) {
          throw new Error(told, { cause });
        }
        slowest.push(`${name}: in sync after ${((performance.now() - from) / 1000).toFixed(1)} s`);
        await sleep(random.between(0, 300));
      }
      const verdict = await group.verdict();
      tell(
        "keeper",
        `${engine}, ${count} faults (KEEPER_SEED=${seed}): ${verdict.told} hits acknowledged, ` +
          `${verdict.lost} lost, ${verdict.twice} numbers told twice`,
      );
      expect(verdict).toMatchObject({ lost: 0, twice: 0, uncounted: 0 });
      expect(verdict.told).toBeGreaterThanOrEqual(count * HITS_BETWEEN);
    },
    60_000 + count * 30_000,
  );
});
