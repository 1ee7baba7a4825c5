import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { BEGINNING_FOLDER, redisStatefulSet } from "../../../operator/desired/redisStatefulSet.ts";
import { hitCounterWith, inputsFor } from "../../../operator/testing/fixtures.ts";
import { killsIn, openBackupBox, UNKILLED } from "../../support/backupBox.ts";
import { startCounterOnPort } from "../../support/counters.ts";
import { getOnce } from "../../support/get.ts";
import { startRedisServer } from "../../support/redisServer.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const MOST = 900_000_000_000_000;

/** A Redis that finds these files where it looks for what it may begin at, and a way to change them. */
const startWith = async (files: Record<string, string>) => {
  const folder = await mkdtemp(join(tmpdir(), "hitcounter-beginning-"));
  cleanups.push(() => rm(folder, { recursive: true }));
  const write = async (more: Record<string, string>) => {
    for (const [name, text] of Object.entries(more)) await writeFile(join(folder, name), text);
  };
  await write(files);
  const redis = await startRedisServer({ mounts: { [BEGINNING_FOLDER]: folder } });
  cleanups.push(redis.remove);
  return { redis, write };
};

describe("a Redis without data", () => {
  it.each([5_234_567, MOST])(
    "begins at the initial hits, %d, which are earlier than all others",
    async (hits) => {
      const { redis } = await startWith({ "initial-hits": `${hits}\n` });
      const counter = await startCounterOnPort(redis.env);
      cleanups.push(() => counter.end("SIGKILL"));
      const ask = async (path: string) => (await getOnce(`http://127.0.0.1:${counter.port}${path}`)).body;
      expect(await ask("/")).toContain(` ${hits + 1} times`);
      for (const by of ["hour", "day"]) {
        const { counts, earlier, unattributed } = JSON.parse(await ask(`/hits?by=${by}`));
        expect([counts.map(({ hits: each }: { hits: number }) => each), earlier, unattributed]).toEqual([
          [1],
          hits,
          0,
        ]);
      }
    },
  );

  it("keeps its count whatever the initial hits are later", async () => {
    const { redis, write } = await startWith({ "initial-hits": "7\n" });
    await redis.command("incr", "hits");
    await redis.kill("SIGKILL");
    await write({ "initial-hits": "1000\n" });
    await redis.start();
    expect(await redis.command("get", "hits")).toBe("8");
  });

  it("that has lost what was believed of it begins at 0, and nothing hides that", async () => {
    const { redis, write } = await startWith({ "initial-hits": "41230\n" });
    await redis.kill("SIGKILL");
    await rm(join(redis.dataFolder, "appendonlydir"), { recursive: true });
    await write({ "believed-count": "41200" });
    await redis.start();
    expect(await redis.command("get", "hits")).toBe("");
  });

  it("begins at 0 where there are none", async () => {
    const { redis } = await startWith({ "believed-count": "0" });
    expect(await redis.command("get", "hits")).toBe("");
  });
});

describe("a first start that is killed", () => {
  it("at any of its steps has all of the initial hits the next time, or none yet", async () => {
    const box = await openBackupBox();
    cleanups.push(box.remove);
    const [container] = redisStatefulSet(inputsFor(hitCounterWith())).spec?.template.spec?.containers ?? [];
    const [, , script = ""] = container?.command ?? [];
    // What it ends with would be Redis itself.
    const start = script.replace(/^exec redis-server.*$/m, "").replaceAll(BEGINNING_FOLDER, "/backup");
    await writeFile(join(box.backups, "initial-hits"), "41230\n");
    const folder = join(box.data, "appendonlydir");
    const { steps } = await box.run(start, [], UNKILLED);
    expect(steps.length).toBeGreaterThan(4);
    for (const before of killsIn(steps.length)) {
      await rm(folder, { recursive: true, force: true });
      expect(await box.run(start, [], { before })).toMatchObject({ code: 137 });
      if ((await readdir(box.data)).includes("appendonlydir")) expect(await readdir(folder)).toHaveLength(2);
      expect(await box.run(start, [])).toMatchObject({ code: 0 });
      const file = await readFile(join(folder, "appendonly.aof.1.incr.aof"), "utf8");
      expect(file.match(/41230/g)).toHaveLength(3);
    }
  });
});
