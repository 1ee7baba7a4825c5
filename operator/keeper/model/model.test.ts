import { describe, expect, it } from "@jest/globals";
import { tell } from "../../../test/support/findings.ts";
import { sizeOf } from "../../../test/support/size.ts";
import { explore } from "./explore.ts";
import type { Bounds } from "./laws.ts";
import { MUTATIONS, SECOND_LINES } from "./mutations.ts";
import { RULES } from "./rules.ts";
import { ALL_FORGOTTEN, ALL_LOST, BORNE, CRASHING, GROWING, LAGGING, type Scenario } from "./scenarios.ts";
import { FREE, walk } from "./walk.ts";

const WALKS = sizeOf("MODEL_WALKS", { test: 150, soak: 100_000 });
/** Within what a rule that is taken out must be missed. */
const MUTATION_WALKS = sizeOf("MODEL_MUTATION_WALKS", { test: 3000, soak: 30_000 });
/** Up to what is explored: 2 takes minutes. */
const DEPTH = sizeOf("MODEL_DEPTH", { test: 1, soak: 2 });
const FIRST_SEED = sizeOf("MODEL_FIRST_SEED", { test: 1, soak: 1 });
const STEPS = 300;

const NONE: Bounds = { hits: 1, entries: 4, ballots: 1, crashes: 0, losses: 0, follows: 0, marks: 0 };
const one: Scenario = { ...BORNE, counters: 1, keepers: [0] };
const doubled: Scenario = { ...one, keepers: [1, 1] };

/** What is explored: what may happen besides one hit and one ballot, who is there, and from which depth on. */
const explored: [string, Partial<Bounds>, Scenario, number][] = [
  ["a process that starts anew", { crashes: 1 }, one, 1],
  ["a disk that is lost", { losses: 1 }, one, 1],
  ["a node that is told to follow late", { follows: 1 }, one, 2],
  ["a hand-over", { marks: 1 }, one, 2],
  ["two hits at once", { hits: 2 }, { ...one, counters: 2 }, 2],
  ["another ballot, by a keeper of the same number", { ballots: 2, entries: 2 }, doubled, 2],
];

describe("in every order of steps", () => {
  it.each(explored.filter(([, , , depth]) => depth <= DEPTH))(
    "a hit, a change of view and %s break no promise",
    (name, bounds, scenario) => {
      const laws = { rules: RULES, scenario, bounds: { ...NONE, ...bounds } };
      const { states, isWhole, acknowledged, violation } = explore(laws);
      tell("model", `a hit, a ballot and ${name}: ${states} states`);
      expect([violation, isWhole]).toEqual([undefined, true]);
      expect(acknowledged).toBe(laws.bounds.hits);
    },
  );

  it("two ballots by keepers of the same number make one primary a term", () => {
    const bounds = { ...NONE, hits: 0, ballots: 2 };
    const { states, isWhole, violation } = explore({ rules: RULES, scenario: doubled, bounds });
    tell("model", `two ballots of one number: ${states} states`);
    expect([violation, isWhole]).toEqual([undefined, true]);
    const rules = { ...RULES, promisedOnce: false };
    expect(explore({ rules, scenario: doubled, bounds }).violation?.at(-1)).toBe("term 17 has two primaries");
  });

  it("a hit that is acknowledged with one copy is found to get lost, by the shortest way", () => {
    const rules = { ...RULES, twoCopies: false };
    const { violation } = explore({ rules, scenario: one, bounds: NONE });
    expect(violation?.at(-1)).toMatch(/^hit 1 /);
    expect(violation).toHaveLength(10);
  });
});

describe("at random", () => {
  it.each<[string, Scenario]>([
    ["disks lost one at a time, two keepers of one number", BORNE],
    ["processes that often start anew", { ...BORNE, weights: CRASHING }],
    ["slow replication", { ...BORNE, weights: LAGGING }],
    ["one copy that becomes three", GROWING],
    ["all disks lost at once", ALL_LOST],
    ["all disks lost at once, and a group thought to be new", ALL_FORGOTTEN],
  ])("no promise is broken by %s", (name, scenario) => {
    let acknowledged = 0;
    let promoted = 0;
    for (let seed = FIRST_SEED; seed < FIRST_SEED + WALKS; seed += 1) {
      const walked = walk({ rules: RULES, scenario, bounds: FREE }, seed, STEPS);
      expect({ seed, violation: walked.violation }).toEqual({ seed, violation: undefined });
      acknowledged += walked.acknowledged;
      promoted += walked.promoted;
    }
    tell(
      "model",
      `${name}: ${WALKS} walks from seed ${FIRST_SEED}, ${promoted} primaries, ${acknowledged} hits`,
    );
    expect(Math.min(acknowledged, promoted)).toBeGreaterThan(WALKS / 2);
  });
});

describe("without a second line", () => {
  it.each(SECOND_LINES)("no promise is broken at random: %s", (rule) => {
    const rules = { ...RULES, [rule]: false };
    for (let seed = FIRST_SEED; seed < FIRST_SEED + WALKS; seed += 1) {
      const { violation } = walk({ rules, scenario: BORNE, bounds: FREE }, seed, STEPS);
      expect({ seed, violation }).toEqual({ seed, violation: undefined });
    }
  });
});

describe("without one of its rules", () => {
  it.each(MUTATIONS.map((mutation) => [mutation.name, mutation] as const))(
    "a promise is broken: %s",
    (name, { without, scenario }) => {
      let violation: readonly string[] | undefined;
      let seed = FIRST_SEED;
      for (; violation === undefined && seed < FIRST_SEED + MUTATION_WALKS; seed += 1) {
        violation = walk({ rules: { ...RULES, ...without }, scenario, bounds: FREE }, seed, STEPS).violation;
      }
      tell("model", `without "${name}", walk ${seed - FIRST_SEED}: ${violation?.at(-1)}`);
      expect(violation).toBeDefined();
    },
  );
});
