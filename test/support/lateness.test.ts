import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "@jest/globals";
import { watchLateness } from "./lateness.ts";

const PROGRAM = `
  import { watchLateness } from ${JSON.stringify(join(import.meta.dirname, "lateness.ts"))};
  const lateness = await watchLateness();
  process.stdin.on("data", () => console.log(lateness.totalMs()));
  process.stdin.on("end", () => lateness.stop());`;

describe("the lateness of a machine", () => {
  it("is what held up a process on it, and is watched until the process ends", async () => {
    const child = spawn(process.execPath, ["--input-type=module", "--eval", PROGRAM], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const ask = async () => {
      child.stdin.write("?");
      const [answer] = await once(child.stdout, "data");
      return Number(answer);
    };
    const before = await ask();
    child.kill("SIGSTOP");
    await sleep(1000);
    child.kill("SIGCONT");
    await sleep(20); // the thread that watches may wake after the one that answers
    const late = (await ask()) - before;
    child.stdin.end();
    expect(await once(child, "exit")).toEqual([0, null]);
    // When a signal arrives is for the machine to say.
    expect(late).toBeGreaterThan(500);
  });

  it("is watched from the beginning to the end", async () => {
    const lateness = await watchLateness();
    await lateness.stop();
    const total = lateness.totalMs();
    expect(total).toBeGreaterThanOrEqual(0);
    await sleep(50);
    expect(lateness.totalMs()).toBe(total);
  });
});
