import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { dailySalt } from "./dailySalt.ts";

let folder: string;
let logged: unknown[];
let time: number;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hitcounter-salts-"));
  [logged, time] = [[], 0];
});
afterEach(() => rm(folder, { recursive: true }));

const TODAY = Date.UTC(2026, 10, 26) / 86_400_000;
const salts = () => dailySalt({ folder, log: (...line) => void logged.push(line), now: () => time });
const put = async (name: string, bytes = randomBytes(32)) => {
  await writeFile(join(folder, name), bytes);
  return bytes.toString("base64");
};

describe("the salt of a day", () => {
  it("is what the day's file has, and stays so while the day does", async () => {
    const [today, tomorrow] = [await put("2026-11-26"), await put("2026-11-27")];
    const saltOf = salts();
    expect(saltOf(TODAY)).toBe(today);
    await put("2026-11-26");
    expect([saltOf(TODAY), saltOf(TODAY + 1)]).toEqual([today, tomorrow]);
    expect(logged).toEqual([]);
  });

  it("is looked for again every ten seconds while it is not there, and that is logged once", async () => {
    const saltOf = salts();
    expect(saltOf(TODAY)).toBeUndefined();
    const salt = await put("2026-11-26");
    time = 9_999;
    expect(saltOf(TODAY)).toBeUndefined();
    await rm(join(folder, "2026-11-26"));
    time = 10_000;
    expect(saltOf(TODAY)).toBeUndefined();
    await writeFile(join(folder, "2026-11-26"), Buffer.from(salt, "base64"));
    time = 20_000;
    expect(saltOf(TODAY)).toBe(salt);
    expect(logged).toHaveLength(1);
  });

  it("is looked for at once where the day is another", async () => {
    const saltOf = salts();
    expect(saltOf(TODAY)).toBeUndefined();
    const tomorrow = await put("2026-11-27");
    expect(saltOf(TODAY + 1)).toBe(tomorrow);
  });

  it("has 32 bytes, and what has not is none, and is in no log", async () => {
    const bad = await put("2026-11-26", Buffer.from("too-short"));
    expect(salts()(TODAY)).toBeUndefined();
    expect(`${JSON.stringify(logged)}${logged.flat().map(String)}`).not.toContain(bad);
    expect(String((logged[0] as [string, string, { error: Error }])[2].error)).toMatch(/32 bytes, not 9/);
  });
});
