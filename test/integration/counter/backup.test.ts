import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { fenceKey, termKey } from "../../../counter/data.ts";
import { type BackupBox, killsIn, openBackupBox, UNKILLED } from "../../support/backupBox.ts";
import { busyboxRecipe } from "../../support/busyboxImage.ts";
import { startCounterOnPort } from "../../support/counters.ts";
import { tell } from "../../support/findings.ts";
import { getOnce } from "../../support/get.ts";
import { randomFrom } from "../../support/random.ts";
import { type RedisServer, startRedisServer } from "../../support/redisServer.ts";
import { sizeOf } from "../../support/size.ts";
import { startVisitors, visitedPages } from "../../support/visitors.ts";

// The scripts of backups and of restoring, in Redis's image and against a real Redis.

const damages = sizeOf("BACKUP_DAMAGES", { test: 16, soak: 600 });
const seed = Number(process.env.BACKUP_SEED ?? Date.now() % 1_000_000);
/** How many batches of a full size, a page for each, are in the data besides. */
const batches = sizeOf("BACKUP_BATCHES", { test: 100, soak: 10_000 });
const HITS = 40;

/** In no order that could be made smaller. */
const FILL = `for i = 1, ARGV[1] do
  local ids = {}
  for j = 1, 256 do ids[j] = string.char(math.random(0, 255), math.random(0, 255), i % 256, j - 1) end
  redis.call('HSET', 'pages', 'page-' .. i, i)
  redis.call('SET', 'writer:w:' .. i, i .. ' 1 1 |' .. string.rep(table.concat(ids), 4))
end`;

let redis: RedisServer;
let box: BackupBox;
/** A backup of HITS hits, and what stands beside it. */
let name: string;
let whole: { rdb: Buffer; about: Buffer };

const put = async (as: string, rdb: Buffer, about?: Buffer) => {
  await writeFile(join(box.backups, `${as}.rdb`), rdb);
  if (about) await writeFile(join(box.backups, `${as}.about`), about);
};
const listed = async () => (await readdir(box.backups)).sort();
const dataIn = async () => await readdir(box.data);
const emptied = async (folder: string) => {
  for (const each of await readdir(folder)) await rm(join(folder, each), { recursive: true });
};

/** Starts a Redis on the data that were restored, and asks it. */
const askRestored = async (...words: string[]) => {
  const other = await startRedisServer();
  try {
    await other.kill("SIGTERM");
    await emptied(other.dataFolder);
    await cp(box.data, other.dataFolder, { recursive: true });
    await other.start();
    return await other.command(...words);
  } finally {
    await other.remove();
  }
};

beforeAll(async () => {
  redis = await startRedisServer({ password: true });
  box = await openBackupBox();
  const counter = await startCounterOnPort({ ...redis.env, ...visitedPages });
  const url = `http://127.0.0.1:${counter.port}`;
  for (let hit = 1; hit <= HITS; hit += 1) await getOnce(`${url}${hit % 2 === 0 ? "/" : "/p/page"}`);
  await counter.end("SIGTERM");
  await redis.command("eval", FILL, "0", `${batches}`);
  // As three copies have it beside what they count.
  await redis.command("mset", termKey, "8 web-redis-0", fenceKey, "8");
  const { code, said } = await box.backUp(redis.port);
  expect({ code, said }).toEqual({ code: 0, said: expect.stringContaining(`Backed up ${HITS} hits to`) });
  const [about = "", rdb = ""] = await listed();
  name = rdb.replace(/\.rdb$/, "");
  expect(about).toBe(`${name}.about`);
  whole = {
    rdb: await readFile(join(box.backups, rdb)),
    about: await readFile(join(box.backups, about)),
  };
}, 300_000);

afterAll(async () => {
  await box?.remove();
  await redis?.remove();
});

beforeEach(async () => {
  await emptied(box.backups);
  await emptied(box.data);
  await put(name, whole.rdb, whole.about);
});

describe("a backup", () => {
  it("is named by its time, and what it is of stands beside it", () => {
    expect(name).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}Z$/);
    expect(whole.about.toString()).toMatch(
      new RegExp(`^sha256=[0-9a-f]{64}\nhits=${HITS}\ntime=${name}\nhitcounter=web\nuid=uid-of-web\n$`),
    );
  });

  it("under load has every hit that was acknowledged when it began", async () => {
    const counter = await startCounterOnPort({ ...redis.env });
    const visitors = startVisitors(`http://127.0.0.1:${counter.port}/`, 200);
    try {
      await visitors.untilAnswered(100);
      const before = Number(await redis.command("get", "hits"));
      const { code } = await box.backUp(redis.port);
      const after = Number(await redis.command("get", "hits"));
      expect(code).toBe(0);
      const newest = (await listed()).filter((file) => file.endsWith(".about")).at(-1) ?? "";
      const [, hits] = /^hits=(\d+)$/m.exec(await readFile(join(box.backups, newest), "utf8")) ?? [];
      expect(Number(hits)).toBeGreaterThanOrEqual(before);
      expect(after).toBeGreaterThan(Number(hits));
    } finally {
      await visitors.stop();
      await counter.end("SIGKILL");
    }
  });

  it("that is one too many lets the oldest go, and nothing that somebody else has put there", async () => {
    await emptied(box.backups);
    for (const day of ["01", "02", "03"]) await put(`2026-01-${day}T00-00-00Z`, whole.rdb, whole.about);
    await put("mine", whole.rdb);
    await box.backUp(redis.port, 3);
    const files = (await listed()).filter((file) => file.endsWith(".rdb"));
    expect(files).toEqual([
      "2026-01-02T00-00-00Z.rdb",
      "2026-01-03T00-00-00Z.rdb",
      expect.stringMatching(/^20.*Z\.rdb$/),
      "mine.rdb",
    ]);
    expect((await listed()).filter((file) => file.startsWith("2026-01-01"))).toEqual([]);
  });

  it("that fails keeps what is there, and says why", async () => {
    const before = await listed();
    const wrongPort = await box.backUp(1, 1);
    expect(wrongPort.code).not.toBe(0);
    expect(wrongPort.said).toMatch(/Could not connect to Redis/);
    expect(await listed()).toEqual(before);
    // Not a HitCounter's by now.
    await redis.command("set", "session:1", "x");
    const { code, said } = await box.backUp(redis.port, 1);
    await redis.command("del", "session:1");
    expect(code).toBe(1);
    expect(said).toMatch(
      /^The backup failed, and is not kept: it is of something else, or of a newer version: it has a key session:1$/m,
    );
    expect(await listed()).toEqual(before);
  });

  it("takes away what another left that was cut off, but not what one may still be at", async () => {
    const [old, young] = [".part-gone", ".part-at-work"].map((part) => join(box.backups, part));
    for (const part of [old, young]) await mkdir(part ?? "");
    const longAgo = Date.now() / 1000 - 3 * 3600;
    await utimes(old ?? "", longAgo, longAgo);
    await box.backUp(redis.port);
    expect(await listed()).not.toContain(".part-gone");
    expect(await listed()).toContain(".part-at-work");
  });

  it("that is killed at any of its steps leaves what was whole, and takes nothing for whole that is not", async () => {
    const { steps } = await box.backUp(redis.port, 1, UNKILLED);
    expect(steps.length).toBeGreaterThan(8);
    for (const before of killsIn(steps.length)) {
      await emptied(box.backups);
      await put("2026-01-01T00-00-00Z", whole.rdb, whole.about);
      await put("2026-01-02T00-00-00Z", whole.rdb, whole.about);
      expect(await box.backUp(redis.port, 1, { before })).toMatchObject({ code: 137 });
      const files = (await listed()).filter((file) => file.endsWith(".rdb"));
      expect(files.length).toBeGreaterThan(0);
      for (const file of files) {
        await emptied(box.data);
        expect(await box.restore(file)).toMatchObject({
          code: 0,
          said: expect.stringMatching(`^Begins from ${file}: \\d+ hits\n$`),
        });
      }
    }
  });
});

describe("a Redis without data", () => {
  it("begins from the backup that is named, and has all that it had", async () => {
    await put("other", whole.rdb);
    const { code, said } = await box.restore("other.rdb");
    expect({ code, said }).toEqual({ code: 0, said: `Begins from other.rdb: ${HITS} hits\n` });
    expect(await askRestored("hget", "pages", "page")).toBe(`${HITS / 2}`);
    expect(await askRestored("get", "hits")).toBe(`${HITS}`);
  });

  it("begins from the newest that is whole, where none is named", async () => {
    await put("2999-01-01T00-00-00Z", whole.rdb.subarray(0, 150), whole.about);
    const { code, said } = await box.restore();
    expect(code).toBe(0);
    expect(said).toMatch(/^2999-01-01T00-00-00Z\.rdb is refused: it is damaged/);
    expect(said).toContain(`Begins from ${name}.rdb: ${HITS} hits`);
  });

  it("is left without any where no backup is whole, or there is none", async () => {
    await put(name, whole.rdb.subarray(0, 150), whole.about);
    expect(await box.restore()).toMatchObject({ code: 1 });
    await emptied(box.backups);
    const { code, said } = await box.restore();
    expect(code).toBe(1);
    expect(said).toBe(
      "spec.restore is refused, and nothing was written: the claim has no backup that is whole\n",
    );
    expect((await box.restore("gone.rdb")).said).toMatch(/gone\.rdb is refused.*there is no such file/);
    expect(await dataIn()).toEqual([]);
  });

  it("that has data again keeps them", async () => {
    await box.restore();
    await emptied(box.backups);
    expect(await box.restore("gone.rdb")).toMatchObject({
      code: 0,
      said: "There is data: nothing is restored\n",
    });
  });

  it("is whole or without data after a kill at any step, and in the middle of a copy, and then begins", async () => {
    const { steps } = await box.restore("", UNKILLED);
    expect(steps.length).toBeGreaterThan(6);
    const base = join(box.data, "appendonlydir/appendonly.aof.1.base.rdb");
    const inCopy = { before: steps.indexOf("cp"), half: true };
    for (const kill of [inCopy, ...killsIn(steps.length).map((before) => ({ before }))]) {
      await emptied(box.data);
      expect(await box.restore("", kill)).toMatchObject({ code: 137 });
      if (existsSync(join(box.data, "appendonlydir"))) {
        expect((await readFile(base)).equals(whole.rdb)).toBe(true);
      } else {
        expect(await box.restore()).toMatchObject({ code: 0 });
      }
      expect(await dataIn()).toEqual(["appendonlydir"]);
      expect((await readFile(base)).equals(whole.rdb)).toBe(true);
    }
    expect(await askRestored("get", "hits")).toBe(`${HITS}`);
  });
});

describe("an image whose shell and tools are those of busybox", () => {
  it("makes backups and begins from them, and refuses what is damaged, like any", async () => {
    const other = await openBackupBox(busyboxRecipe);
    try {
      const left = join(other.backups, ".part-gone");
      await mkdir(left);
      await utimes(left, 0, 0);
      for (const day of ["01", "02"]) {
        await writeFile(join(other.backups, `2026-01-${day}T00-00-00Z.rdb`), whole.rdb);
        await writeFile(join(other.backups, `2026-01-${day}T00-00-00Z.about`), whole.about);
      }
      expect(await other.backUp(redis.port, 2)).toMatchObject({ code: 0 });
      const files = (await readdir(other.backups)).sort();
      expect(files).toHaveLength(4);
      expect(files[0]).toBe("2026-01-02T00-00-00Z.about");
      const newest = files.at(-1) ?? "";
      await writeFile(join(other.backups, newest), whole.rdb.subarray(0, 99));
      const { code, said } = await other.restore();
      expect({ code, said }).toEqual({
        code: 0,
        said: expect.stringMatching(
          new RegExp(
            `^${newest} is refused: it is damaged.*\nBegins from 2026-01-02T00-00-00Z.rdb: ${HITS} hits\n$`,
          ),
        ),
      });
    } finally {
      await other.remove();
    }
  });
});

describe("a backup that is foreign", () => {
  const foreign: [string, (server: RedisServer) => Promise<unknown>, RegExp][] = [
    ["of nothing", () => Promise.resolve(), /it has no count/],
    ["whose count is a word", (server) => server.command("set", "hits", "many"), /its count is no number/],
    ["whose count is a list", (server) => server.command("rpush", "hits", "1"), /it has no count/],
    [
      "with keys of others",
      async (server) => {
        await server.command("set", "hits", "1");
        await server.command("set", 'user\'s "name"', "x");
      },
      /it has a key user\?s/,
    ],
    [
      "with more databases",
      async (server) => {
        await server.command("set", "hits", "1");
        await server.command("-n", "3", "set", "a", "b");
      },
      /more databases/,
    ],
  ];

  it("is refused, whatever it has, and nothing is written", async () => {
    const other = await startRedisServer({ settings: { appendonly: "no" } });
    try {
      for (const [what, fill, why] of foreign) {
        await other.command("flushall");
        await fill(other);
        await other.command("save");
        await put("foreign", await readFile(join(other.dataFolder, "dump.rdb")));
        const { code, said } = await box.restore("foreign.rdb");
        expect([what, code, said]).toEqual([what, 1, expect.stringMatching(why)]);
        expect(await dataIn()).toEqual([]);
      }
    } finally {
      await other.remove();
    }
  });

  it.each([
    ["no RDB", Buffer.from("hits=42\n"), /it is damaged, or none/],
    ["empty", Buffer.alloc(0), /it is damaged, or none/],
    ["of a newer Redis", Buffer.from("REDIS9999garbage"), /Can't handle RDB format version 9999/],
  ])("is refused: %s", async (_what, bytes, why) => {
    await put("foreign", bytes);
    const { code, said } = await box.restore("foreign.rdb");
    expect({ code, said }).toEqual({ code: 1, said: expect.stringMatching(why) });
    expect(await dataIn()).toEqual([]);
  });
});

describe("a backup that is damaged", () => {
  it(
    "is refused before anything is written, wherever it is cut off or a bit is another",
    async () => {
      const random = randomFrom(seed);
      let own = 0;
      for (let turn = 0; turn < damages; turn += 1) {
        const at = random.below(whole.rdb.length);
        const isCut = turn % 2 === 0;
        const bytes = Buffer.from(isCut ? whole.rdb.subarray(0, at) : whole.rdb);
        if (!isCut) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
        // With what stands beside it, and without: then Redis's own checksum alone is left.
        const isAlone = turn % 4 > 1;
        await put("damaged", bytes, isAlone ? undefined : whole.about);
        if (isAlone) await rm(join(box.backups, "damaged.about"), { force: true });
        const { code, said } = await box.restore("damaged.rdb");
        // Alone, another version in its first line may be one that is read just the same.
        if (code === 0 && isAlone && !isCut && at < 9) {
          own += 1;
          expect(said).toContain(`: ${HITS} hits`);
          await emptied(box.data);
          continue;
        }
        expect([seed, turn, at, code]).toEqual([seed, turn, at, 1]);
        expect(said).toMatch(/damaged\.rdb is refused, and nothing was written: it /);
        expect(await dataIn()).toEqual([]);
      }
      tell("backups", `${damages} damages (BACKUP_SEED=${seed}), ${damages - own} refused, ${own} harmless`);
    },
    60_000 + damages * 3_000,
  );
});
