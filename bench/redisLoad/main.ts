// Measures how long Redis takes to load append-only files as the counters write them: npm run bench:redis-load
import { appendFile, copyFile, open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { Redis } from "ioredis";
import { batchCall } from "../../counter/batch.ts";
import { type RedisServer, startRedisServer } from "../../test/support/redisServer.ts";
import { median } from "../support/statistics.ts";
import { markdownTable, textTable } from "../support/table.ts";
import { loadSecondsIn } from "./log.ts";

const usage = `Usage: npm run bench:redis-load -- [--mib 0,64,256,1024] [--rounds R] [--markdown]

A Redis with the product's image and settings writes what batches of one hit each write, which takes the most work for
its length. That is repeated until the file has the size; then Redis is killed and started on it R times (3), and
medians are told: of the time that Redis says the load took, and of that from the start of its container until it
answers. It never rewrites the file meanwhile, as the product lets it do from 64 MB on.
`;

const { values } = parseArgs({
  options: {
    mib: { type: "string", default: "0,64,256,1024" },
    rounds: { type: "string", default: "3" },
    markdown: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

/** Batches that are written by the script itself; the rest of the file repeats them. */
const BATCHES = 20_000;
/** Batches that are under way at once, so that writing them takes seconds. */
const AT_ONCE = 500;
const WRITERS = 3;
const MIB = 2 ** 20;

if (values.help) process.stdout.write(usage);
else await main();

async function main(): Promise<void> {
  const sizes = values.mib.split(",").map(Number);
  const rounds = Number(values.rounds);
  if (![...sizes, rounds].every((value) => Number.isInteger(value) && value >= 0) || rounds === 0) {
    throw new Error(`--mib and --rounds take whole numbers\n\n${usage}`);
  }
  // Nothing but the load is measured, so nothing else needs to take time.
  const settings = { "auto-aof-rewrite-percentage": "0", appendfsync: "no" };
  const redis = await startRedisServer({ settings });
  try {
    await count(redis);
    await redis.kill("SIGTERM");
    const file = await growingFile(redis.dataFolder);
    const rows = [["append-only file", "loaded in", "answers after"]];
    for (const size of sizes.toSorted((one, other) => one - other)) {
      await grow(file, size * MIB);
      rows.push(await measure(redis, file.path, rounds));
      process.stderr.write(`${rows.at(-1)?.join(", ")}\n`);
    }
    process.stdout.write(values.markdown ? markdownTable(rows) : textTable(rows));
  } finally {
    await redis.remove();
  }
}

/** Counts hits, one a batch, as counters do that have few visitors. */
async function count({ port }: RedisServer): Promise<void> {
  const client = new Redis({ host: "127.0.0.1", port });
  for (let batch = 0; batch < BATCHES; batch += AT_ONCE) {
    const calls = Array.from({ length: AT_ONCE }, (_, index) => {
      const seq = batch + index;
      const id = seq.toString(16).padStart(32, "0");
      const { script, keys, args } = batchCall({ writer: `writer-${seq % WRITERS}`, seq }, [{ id }], {
        floor: 0,
        raiseFrom: 0,
      });
      return client.eval(script.text, keys.length, ...keys, ...args);
    });
    await Promise.all(calls);
  }
  client.disconnect();
}

interface GrowingFile {
  path: string;
  /** What the counters wrote, to be repeated. */
  sample: string;
}

/** The file to which Redis appends, and a copy of what it has appended so far. */
async function growingFile(dataFolder: string): Promise<GrowingFile> {
  const folder = join(dataFolder, "appendonlydir");
  const name = (await readdir(folder)).find((each) => each.endsWith(".incr.aof"));
  if (name === undefined) throw new Error("Redis has written no append-only file");
  const sample = join(dataFolder, "sample");
  await copyFile(join(folder, name), sample);
  return { path: join(folder, name), sample };
}

/** Repeats what the counters wrote until the file has so many bytes. */
async function grow({ path, sample }: GrowingFile, bytes: number): Promise<void> {
  const file = await open(sample);
  const written = await file.readFile().finally(() => file.close());
  let { size } = await stat(path);
  for (; size < bytes; size += written.length) await appendFile(path, written);
}

async function measure(redis: RedisServer, path: string, rounds: number): Promise<string[]> {
  const loads: number[] = [];
  const answers: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const began = performance.now();
    await redis.start();
    answers.push((performance.now() - began) / 1000);
    loads.push(loadSecondsIn(await redis.output()));
    await redis.kill("SIGKILL");
  }
  const { size } = await stat(path);
  return [
    `${(size / MIB).toFixed(0)} MiB`,
    `${median(loads).toFixed(1)} s`,
    `${median(answers).toFixed(1)} s`,
  ];
}
