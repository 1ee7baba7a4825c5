import { setTimeout as sleep } from "node:timers/promises";
import { startCounterOnPort } from "../../test/support/counters.ts";
import { getOnce } from "../../test/support/get.ts";
import { type KeptGroup, startKeptGroup } from "../../test/support/keptGroup.ts";
import { killFor } from "../../test/support/nodeFaults.ts";
import type { RedisEngine } from "../../test/support/redisServer.ts";
import { until } from "../../test/support/until.ts";

/** Two pods of the operator, as it is installed. */
const KEEPERS = 2;
/** How long a fault lasts that ends by itself, longer than any change takes (ms). */
const FAULT_MS = 6_000;

/** What befalls a primary; it is over when the group may come in sync again. */
export const changes = {
  killed: (group: KeptGroup) => killFor(group.primary(), FAULT_MS),
  silent: async (group: KeptGroup) => {
    const primary = group.primary();
    primary.way.cut(() => true);
    await sleep(FAULT_MS);
    primary.way.mend();
  },
  "handed over": async (group: KeptGroup) => {
    const primary = group.primary();
    group.keepers.leave(primary.name);
    await until("another leads", () => group.primary() !== primary, { everyMs: 20 });
    group.keepers.leave(undefined);
  },
};
export type Change = keyof typeof changes;

/** Has each change happen so often, by turns, to real nodes, and tells how long no hit was acknowledged each time (ms). */
export async function measureChanges(
  engine: RedisEngine,
  rounds: number,
  tell: (what: string) => void,
): Promise<ReadonlyMap<Change, number[]>> {
  const gaps = new Map((Object.keys(changes) as Change[]).map((change) => [change, [] as number[]]));
  const group = await startKeptGroup(engine, KEEPERS);
  try {
    await group.untilInSync();
    const counter = await startCounterOnPort(group.three.env);
    try {
      for (let round = 1; round <= rounds; round += 1) {
        for (const [change, seen] of gaps) {
          const gap = await longestGap(`http://127.0.0.1:${counter.port}/`, async () => {
            await changes[change](group);
            await group.untilInSync();
          });
          seen.push(gap);
          tell(`round ${round} of ${rounds}, ${engine}, primary ${change}: ${(gap / 1000).toFixed(2)} s`);
        }
      }
    } finally {
      await counter.end("SIGKILL");
    }
  } finally {
    await group.remove();
  }
  return gaps;
}

/** The longest time (ms) between two hits that were acknowledged while something happens; one after the other is sent. */
async function longestGap(url: string, happens: () => Promise<void>): Promise<number> {
  let isOver = false;
  let longest = 0;
  const visit = async () => {
    for (let last = performance.now(); !isOver; ) {
      const { status } = await getOnce(url);
      if (status !== 200) throw new Error(`A hit was answered ${status}`);
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
    }
  };
  const happening = happens().finally(() => {
    isOver = true;
  });
  await Promise.all([visit(), happening]);
  return longest;
}
