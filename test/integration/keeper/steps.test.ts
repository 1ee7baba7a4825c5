import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { type Changed, changeView } from "../../../operator/keeper/changeView.ts";
import { nextBallot } from "../../../operator/keeper/decide/ballot.ts";
import { FENCE_MS } from "../../../operator/keeper/redis/fence.ts";
import type { NodeLink } from "../../../operator/keeper/redis/nodeLink.ts";
import { systemClock } from "../../../operator/runtime/clock.ts";
import { type Message, type Reached, toldOf } from "../../support/between.ts";
import { linkAsKeeper } from "../../support/keepers.ts";
import { type KeptGroup, startKeptGroup } from "../../support/keptGroup.ts";
import { redisEngines } from "../../support/redisServer.ts";
import { sizeOf } from "../../support/size.ts";
import type { TermCounter } from "../../support/termCounter.ts";
import type { TestNode } from "../../support/threeNodes.ts";
import { until } from "../../support/until.ts";

/** With how many of them a node is killed or halted at each step. */
const enginesOfEach = sizeOf("STEP_ENGINES", { test: 1, soak: redisEngines.length });
/** Numbers of keepers that change the view beside the one that keeps the group. */
const [ANOTHER, ONE_MORE] = [5, 6];

let group: KeptGroup;
let counter: TermCounter;
/** Links by who speaks, and to whom. */
const links = new Map<string, NodeLink>();
const linkOf = (who: string, node: TestNode): NodeLink => {
  const key = `${who} ${node.name}`;
  const link = links.get(key) ?? linkAsKeeper(node, group.three.password);
  links.set(key, link);
  return link;
};

/** A change of view by another keeper, above all that was promised when it begins; `reached` is told of each message. */
const changeBeside = async (number: number, reached: Reached, who = `${number}`): Promise<Changed> => {
  const { nodes } = group.three;
  const looks = await until(
    "all nodes answer",
    async () => {
      const seen = await Promise.all(nodes.map((node) => linkOf(who, node).look()));
      return seen.every(({ kind }) => kind === "answered") && seen;
    },
    { withinSeconds: 20 },
  );
  const highest = Math.max(...looks.map((look) => (look.kind === "answered" ? look.fence : 0)));
  const spoken = nodes.map((node) => ({
    name: node.name,
    address: node.address,
    link: toldOf(linkOf(who, node), node, reached),
  }));
  const ballot = {
    number: nextBallot(highest, number),
    initialised: true,
    avoid: (await until("a primary is known", group.primary)).name,
  };
  return await changeView(spoken, ballot, systemClock);
};

const nothing: Reached = async () => {};

/** What befalls a node, and how it ends. */
const befalls: Record<string, (node: TestNode) => Promise<() => Promise<void>>> = {
  killed: async (node) => {
    await node.kill();
    return async () => {
      await sleep(300);
      await node.start();
    };
  },
  halted: async (node) => {
    await node.halt();
    return async () => {
      // What was said to it meanwhile it does after all, when nobody waits for that any more.
      await sleep(FENCE_MS + 200);
      await node.goOn();
    };
  },
};

const places: [message: Message, of: string, isIt: (node: TestNode, primary: TestNode) => boolean][] = [
  ["fence", "the primary", (node, primary) => node === primary],
  ["fence", "a replica", (node, primary) => node !== primary],
  ["promote", "whom it elected", () => true],
  ["follow", "another", () => true],
];
const sides = ["before", "after"] as const;
const steps = Object.keys(befalls).flatMap((fault, one) =>
  places.flatMap(([message, of, isIt], another) =>
    // By turns, so that each fault, each message and each side comes with either.
    sides.map((side, third) => ({ fault, message, of, isIt, side, turn: one + another + third })),
  ),
);

describe.each(redisEngines)("three of %s", (engine) => {
  beforeAll(async () => {
    group = await startKeptGroup(engine, 1);
    await group.untilInSync();
    counter = group.count();
  }, 120_000);
  afterAll(async () => {
    for (const link of links.values()) link.close();
    links.clear();
    await group.remove();
  });
  describe("while hits are counted", () => {
    afterEach(async () => {
      await counter.untilTold(3);
      await group.untilInSync();
    });

    const mine = steps.filter(
      ({ turn }) => (turn + redisEngines.indexOf(engine)) % redisEngines.length < enginesOfEach,
    );
    it.each(mine)("a node that is $fault $side $message of $of loses nothing", async (step) => {
      const primary = group.primary();
      let befallen: Promise<() => Promise<void>> | undefined;
      const change = () =>
        changeBeside(ANOTHER, async (message, node, side) => {
          if (befallen || message !== step.message || side !== step.side || !step.isIt(node, primary)) return;
          befallen = befalls[step.fault]?.(node);
          await befallen;
        });
      // It comes to nothing where the group's own keeper is at a change of its own.
      await until("a change comes as far", async () => (await change()) && befallen !== undefined);
      const mend = await befallen;
      await mend?.();
    });

    it("keepers may change the view at the same time", async () => {
      for (let round = 0; round < 3; round += 1) {
        await Promise.all([changeBeside(ANOTHER, nothing), changeBeside(ONE_MORE, nothing)]);
        await counter.untilTold(3);
      }
    });

    it("keepers may have the same number, and then one of them gets nowhere", async () => {
      const fenced: string[] = [];
      const both = await Promise.all(
        ["one", "other"].map((who) =>
          changeBeside(
            ANOTHER,
            async (message, node, side) => {
              if (message === "promote" && side === "before") fenced.push(`${who} ${node.name}`);
            },
            who,
          ),
        ),
      );
      expect(both.filter(({ kind }) => kind === "changed").length).toBeLessThanOrEqual(1);
      expect(fenced.length).toBeLessThanOrEqual(1);
    });

    it.each(["promote", "follow"] as const)("keepers that are late are told no by %s", async (late) => {
      const goOn = Promise.withResolvers<void>();
      const isHeld = Promise.withResolvers<true>();
      const change = () =>
        changeBeside(ANOTHER, async (message, _node, side) => {
          if (message !== late || side !== "before") return;
          isHeld.resolve(true);
          await goOn.promise;
        });
      let held = change();
      // It comes to nothing where the group's own keeper is at a change of its own.
      await until("a change comes as far", async () => {
        if (await Promise.race([isHeld.promise, held.then(() => false)])) return true;
        held = change();
        return false;
      });
      const next = await until("another view", async () => {
        const changed = await changeBeside(ONE_MORE, nothing);
        return changed.kind === "changed" && changed;
      });
      await counter.untilTold(3);
      goOn.resolve();
      const changed = await held;
      expect(changed.kind).toBe(late === "promote" ? "failed" : "changed");
      await counter.untilTold(3);
      expect(group.keepers.all[0]?.state().term).toBeGreaterThanOrEqual(next.term.number);
    });
  });

  it("lost no hit and counted none twice by all this", async () => {
    const verdict = await group.verdict();
    expect(verdict.told).toBeGreaterThan(50);
    expect(verdict).toMatchObject({ lost: 0, twice: 0, uncounted: 0 });
  });
});
