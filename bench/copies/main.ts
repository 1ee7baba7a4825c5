// Measures what three copies cost beside one, and how long a change of primary takes: npm run bench:copies
import process from "node:process";
import { parseArgs } from "node:util";
import { redisEngines } from "../../test/support/redisServer.ts";
import { wholeNumber } from "../support/options.ts";
import { median } from "../support/statistics.ts";
import { printed } from "../support/table.ts";
import { type Change, measureChanges } from "./changes.ts";
import { measureSpeed } from "./speed.ts";

const usage = `Usage: npm run bench:copies -- [--engine redis|valkey] [--rounds R] [--seconds S] [--markdown]

Counters and keepers of the product and real nodes, in sync. In each of R rounds (9) the primary is killed, cut off from
everybody, and handed over, while one hit follows the other; told is the longest time without a hit that was acknowledged.
Then a counter of one Redis and one of three copies are asked by turns for S seconds (3) over 64 connections, and 150 times
a second. Medians are told. The exit code tells whether the bounds are kept.
`;

const { values } = parseArgs({
  options: {
    engine: { type: "string", default: "redis" },
    rounds: { type: "string", default: "9" },
    seconds: { type: "string", default: "3" },
    markdown: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

/** The most that each change may take (s). */
const CHANGE_SECONDS: Readonly<Record<Change, number>> = { killed: 3, silent: 5, "handed over": 1 };
/** The least throughput with three copies, and the most latency, as shares of what one has. */
const [LEAST_THROUGHPUT, MOST_LATENCY] = [0.6, 3];

if (values.help) process.stdout.write(usage);
else await main();

async function main(): Promise<void> {
  const rounds = wholeNumber("--rounds", values.rounds);
  const seconds = wholeNumber("--seconds", values.seconds);
  const engine = redisEngines.find((each) => each === values.engine);
  if (engine === undefined)
    throw new Error(`--engine takes redis or valkey, not ${values.engine}\n\n${usage}`);
  const tell = (what: string) => process.stderr.write(`${what}\n`);

  const missed: string[] = [];
  const bound = (isKept: boolean, what: string) => {
    if (!isKept) missed.push(what);
  };
  const gaps = await measureChanges(engine, rounds, tell);
  const changed = [...gaps].map(([change, seen]) => {
    const taken = median(seen) / 1000;
    bound(taken <= CHANGE_SECONDS[change], `${change} ${taken.toFixed(2)} s`);
    return [
      change,
      `${taken.toFixed(2)} s`,
      `${(Math.max(...seen) / 1000).toFixed(2)} s`,
      `${CHANGE_SECONDS[change]} s`,
    ];
  });
  process.stdout.write(
    `${printed([["primary", "no hit for", "longest", "bound of the median"], ...changed], values.markdown)}\n`,
  );

  const speeds = await measureSpeed(engine, rounds, seconds, tell);
  const medians = speeds.map(({ copies, perSecond, p99Ms }) => ({
    copies,
    perSecond: median(perSecond),
    p99Ms: median(p99Ms),
  }));
  const ratioOf = (what: "perSecond" | "p99Ms") => (medians[1]?.[what] ?? 0) / (medians[0]?.[what] ?? 0);
  bound(ratioOf("perSecond") >= LEAST_THROUGHPUT, `throughput ${ratioOf("perSecond").toFixed(2)} of one`);
  bound(ratioOf("p99Ms") <= MOST_LATENCY, `p99 ${ratioOf("p99Ms").toFixed(2)} times one`);
  process.stdout.write(
    printed(
      [
        ["copies", "hits a second over 64 connections", "p99 at 150 a second"],
        ...medians.map(({ copies, perSecond, p99Ms }) => [
          `${copies}`,
          perSecond.toFixed(0),
          `${p99Ms.toFixed(1)} ms`,
        ]),
        [
          "three to one",
          `${ratioOf("perSecond").toFixed(2)} (at least ${LEAST_THROUGHPUT})`,
          `${ratioOf("p99Ms").toFixed(2)} (at most ${MOST_LATENCY})`,
        ],
      ],
      values.markdown,
    ),
  );
  if (missed.length > 0) process.stderr.write(`Missed: ${missed.join("; ")}\n`);
  process.exitCode = missed.length === 0 ? 0 : 1;
}
