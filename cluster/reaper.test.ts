import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { expect, test } from "@jest/globals";
import { startReaper } from "./reaper.ts";

const isRunning = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

async function until(check: () => boolean): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!check()) {
    if (performance.now() > deadline) throw new Error("Not within 60 s");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("kills the children of a process that is killed, and removes their folder", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hitcounter-reaper-"));
  const program = `
    import { spawn } from "node:child_process";
    import { startReaper } from ${JSON.stringify(join(import.meta.dirname, "reaper.ts"))};
    const child = spawn("sleep", ["60"], { stdio: "ignore", detached: true });
    startReaper(${JSON.stringify(folder)}).guard([child.pid]);
    setTimeout(() => console.log(child.pid), 200);
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ["--input-type=module", "--eval", program]);
  const [output] = await once(parent.stdout, "data");
  const orphan = Number(String(output));
  expect(isRunning(orphan)).toBe(true);
  parent.kill("SIGKILL");
  await until(() => !isRunning(orphan) && !existsSync(folder));
});

test("removes the folder and kills nothing when released", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hitcounter-reaper-"));
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  const reaper = startReaper(folder);
  reaper.guard([child.pid ?? 0]);
  await reaper.release();
  expect(existsSync(folder)).toBe(false);
  expect(child.exitCode).toBe(null);
  child.kill();
  await once(child, "exit");
});
