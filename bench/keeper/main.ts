// Measures what keepers of three copies take while nothing happens: npm run bench:keeper
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startKeptGroup } from "../../test/support/keptGroup.ts";
import { wholeNumber } from "../support/options.ts";
import { usageOf } from "../support/processUsage.ts";
import { median } from "../support/statistics.ts";
import { textTable } from "../support/table.ts";
import { type GroupsToKeep, IN_SYNC, PASSWORD } from "./groups.ts";

const usage = `Usage: npm run bench:keeper -- [--groups 1,100] [--rounds R] [--seconds S]

A process keeps as many groups as that, each of the same three real Redis, which are in sync. After five seconds its CPU is
measured for S seconds (30), R times (3) by turns, and the median is told as a share of one core.
`;

const { values } = parseArgs({
  options: {
    groups: { type: "string", default: "1,100" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "30" },
    help: { type: "boolean", short: "h", default: false },
  },
});
/** Until a program that has begun is compiled. */
const SETTLE_MS = 5_000;
const percent = (share: number) => `${(share * 100).toFixed(2)} %`;

if (values.help) process.stdout.write(usage);
else await main();

async function main(): Promise<void> {
  const counts = values.groups.split(",").map((count) => wholeNumber("--groups", count));
  const rounds = wholeNumber("--rounds", values.rounds);
  const seconds = wholeNumber("--seconds", values.seconds);
  const group = await startKeptGroup("redis", 1);
  try {
    await group.untilInSync();
    group.keepers.close();
    const nodes = group.three.nodes.map(({ name, address }) => ({ name, address }));
    const shares = new Map(counts.map((count) => [count, [] as number[]]));
    for (let round = 0; round < rounds; round += 1) {
      for (const [count, seen] of shares) {
        seen.push(await shareOf({ count, nodes }, group.three.password, seconds));
        process.stderr.write(`round ${round + 1}, ${count} groups: ${percent(seen.at(-1) ?? 0)}\n`);
      }
    }
    const rows = [...shares].map(([count, seen]) => [`${count}`, percent(median(seen))]);
    process.stdout.write(textTable([["groups", "of a core"], ...rows]));
  } finally {
    await group.remove();
  }
}

/** The share of a core that a process takes that keeps these groups. */
async function shareOf(groups: GroupsToKeep, password: string, seconds: number): Promise<number> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "groups.ts"), JSON.stringify(groups)], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, [PASSWORD]: password },
  });
  const exit = once(child, "exit");
  try {
    const [line] = await Promise.race([once(createInterface({ input: child.stdout }), "line"), exit]);
    if (line !== IN_SYNC) throw new Error(`The keeper ended before its groups were in sync: ${line}`);
    await sleep(SETTLE_MS);
    const pid = child.pid ?? 0;
    const before = await usageOf(pid);
    await sleep(seconds * 1000);
    return ((await usageOf(pid)).cpuSeconds - before.cpuSeconds) / seconds;
  } finally {
    child.kill();
    await exit;
  }
}
