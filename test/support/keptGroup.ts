import { type Between, startKeepers, type TestKeepers } from "./keepers.ts";
import type { RedisEngine } from "./redisServer.ts";
import { countedIn, startTermCounter, type TermCounter } from "./termCounter.ts";
import { startThreeNodes, type TestNode, type ThreeNodes } from "./threeNodes.ts";
import { until } from "./until.ts";

/** Three real nodes with keepers, and what counters found in them. */
export interface KeptGroup {
  readonly three: ThreeNodes;
  readonly keepers: TestKeepers;
  readonly counters: readonly TermCounter[];
  /** Waits until every keeper finds all three in sync. */
  untilInSync(): Promise<void>;
  /** The node that a keeper takes for the primary; throws where there is none. */
  primary(): TestNode;
  /** The others. */
  replicas(): readonly TestNode[];
  /** Starts one more counter, at this address if it is to be on a node. */
  count(from?: string): TermCounter;
  /** Ends the counters, waits for a primary, and compares what was told with what is there. */
  verdict(): Promise<Verdict>;
  remove(): Promise<void>;
}

/** What became of hits. */
export interface Verdict {
  /** Hits that were told a number. */
  readonly told: number;
  /** Of these, those that the data lacks, or has with another number. */
  readonly lost: number;
  /** Numbers that were told to more than one hit. */
  readonly twice: number;
  /** How often more was counted than there are numbers. */
  readonly uncounted: number;
}

/** How often it is looked at what keepers tell (ms). */
const OFTEN = { everyMs: 20, withinSeconds: 60 };

/** Starts nodes without data, and so many keepers. */
export async function startKeptGroup(
  engine: RedisEngine,
  keeperCount: number,
  between?: Between,
): Promise<KeptGroup> {
  const three = await startThreeNodes(engine);
  const keepers = startKeepers(three, keeperCount, between);
  const counters: TermCounter[] = [];
  const { nodes } = three;
  const namedPrimary = () => {
    const names = keepers.all.map((keeper) => keeper.state().primary);
    return nodes.find(({ name }) => names.includes(name));
  };
  const group: KeptGroup = {
    three,
    keepers,
    counters,
    async untilInSync() {
      await until(
        "all three are in sync",
        () => keepers.all.every((keeper) => keeper.state().condition === "InSync"),
        OFTEN,
      ).catch(async (cause) => {
        throw new Error(`${JSON.stringify(keepers.all.map((keeper) => keeper.state()))}`, { cause });
      });
    },
    primary() {
      const found = namedPrimary();
      if (found === undefined) throw new Error("there is no primary");
      return found;
    },
    replicas: () => nodes.filter((node) => node !== group.primary()),
    count(from) {
      const counter = startTermCounter(three, from);
      counters.push(counter);
      return counter;
    },
    async verdict() {
      for (const counter of counters) await counter.stop();
      const { hits, told: kept } = await until(
        "the primary tells what was counted",
        async () => await countedIn(group.primary(), three.password),
        OFTEN,
      );
      const told = counters.flatMap((counter) => [...counter.told]);
      return {
        told: told.length,
        lost: told.filter(([hit, { number }]) => kept.get(hit) !== number).length,
        twice: told.length - new Set(told.map(([, { number }]) => number)).size,
        uncounted: hits - kept.size,
      };
    },
    async remove() {
      keepers.close();
      for (const counter of counters) await counter.stop();
      await three.remove();
    },
  };
  return group;
}
