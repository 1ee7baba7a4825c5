import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { cached, cacheFolder, hashOf } from "./cache.ts";

const KEY = "0123456789abcdef";
let home: string;
let before: string | undefined;

beforeEach(async () => {
  before = process.env.XDG_CACHE_HOME;
  home = await mkdtemp(join(tmpdir(), "hitcounter-cache-test-"));
  process.env.XDG_CACHE_HOME = home;
});

afterEach(async () => {
  if (before === undefined) {
    delete process.env.XDG_CACHE_HOME;
  } else {
    process.env.XDG_CACHE_HOME = before;
  }
  await rm(home, { recursive: true });
});

describe("cached", () => {
  test("builds an entry once", async () => {
    let builds = 0;
    const build = async (folder: string) => {
      builds += 1;
      await writeFile(join(folder, "made"), "");
    };
    const first = await cached("thing", KEY, build);
    expect(await cached("thing", KEY, build)).toBe(first);
    expect(await readdir(first)).toEqual(["made"]);
    expect(builds).toBe(1);
  });

  test("builds an entry once for all who ask at the same time", async () => {
    let builds = 0;
    const build = async () => {
      await new Promise(setImmediate);
      builds += 1;
    };
    const folders = await Promise.all([cached("thing", KEY, build), cached("thing", KEY, build)]);
    expect(new Set(folders).size).toBe(1);
    expect(builds).toBe(1);
  });

  test("keeps the newest two entries of a kind, and those of other kinds", async () => {
    for (const kind of ["thing-1.9", "thing", "thing", "thing"]) {
      const key = (await readdir(cacheFolder()).catch(() => [])).length.toString(16).padStart(16, "0");
      await cached(kind, key, async (folder) => {
        await utimes(folder, new Date(), new Date(2000, 1, 1 + Number(key)));
      });
    }
    expect((await readdir(cacheFolder())).sort()).toEqual([
      "thing-0000000000000002",
      "thing-0000000000000003",
      "thing-1.9-0000000000000000",
    ]);
  });

  test("leaves nothing of a build that failed", async () => {
    const failing = cached("thing", KEY, () => Promise.reject(new Error("no compiler")));
    await expect(failing).rejects.toThrow("no compiler");
    expect(await readdir(cacheFolder())).toEqual([]);
  });

  test("removes what a killed build left", async () => {
    const left = join(cacheFolder(), `other-${KEY}.unfinished-999999999`);
    await mkdir(left, { recursive: true });
    await cached("thing", KEY, async () => {});
    expect(await readdir(cacheFolder())).toEqual([`thing-${KEY}`]);
  });
});

describe("hashOf", () => {
  test("changes with a file's content and with its name", async () => {
    const file = (name: string) => join(home, "sources", name);
    await mkdir(join(home, "sources"));
    await writeFile(file("a"), "1");
    const hashes = [await hashOf([join(home, "sources")])];
    await writeFile(file("a"), "2");
    hashes.push(await hashOf([join(home, "sources")]));
    await rm(file("a"));
    await writeFile(file("b"), "2");
    hashes.push(await hashOf([join(home, "sources")]));
    expect(new Set(hashes).size).toBe(3);
  });
});
