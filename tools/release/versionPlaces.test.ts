import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { setVersion } from "./versionPlaces.ts";

const root = join(import.meta.dirname, "../..");
const FILES = ["package.json", "package-lock.json", "config/manager/deployment.yaml", "compose.yaml"];
const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
let folder: string;
const read = (file: string) => readFile(join(folder, file), "utf8");

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hitcounter-version-"));
  for (const file of FILES) {
    await mkdir(join(folder, dirname(file)), { recursive: true });
    await cp(join(root, file), join(folder, file));
  }
});
afterEach(() => rm(folder, { recursive: true }));

it("writes the version to every place that has it, and changes nothing else", async () => {
  await setVersion(folder, version, "98.7.6");
  expect(JSON.parse(await read("package.json"))).toMatchObject({ version: "98.7.6" });
  const lock = JSON.parse(await read("package-lock.json"));
  expect([lock.version, lock.packages[""].version]).toEqual(["98.7.6", "98.7.6"]);
  expect(await read("config/manager/deployment.yaml")).toContain("/hitcounter-operator:98.7.6\n");
  expect(await read("compose.yaml")).toMatch(/-counter}:\$\{COUNTER_VERSION:-98\.7\.6}\n/);
  await setVersion(folder, "98.7.6", version);
  for (const file of FILES) expect(await read(file)).toBe(await readFile(join(root, file), "utf8"));
});

it("refuses a place that has another version", async () => {
  const file = join(folder, "config/manager/deployment.yaml");
  await writeFile(
    file,
    (await readFile(file, "utf8")).replace(/hitcounter-operator:.*/, "hitcounter-operator:latest"),
  );
  await expect(setVersion(folder, version, "98.7.6")).rejects.toThrow(
    `config/manager/deployment.yaml has the version ${version} of package.json 0 times where 1 are expected`,
  );
});
