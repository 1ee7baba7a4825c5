import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { afterEach, describe, expect, it } from "@jest/globals";
import { parentIn, pinTree, treeOf, usageOfTree } from "./processTree.ts";
import { usageOf } from "./processUsage.ts";

let root: ReturnType<typeof spawn> | undefined;
afterEach(() => void root?.kill());

/** A shell with a child, which ends when its input does; a job of its own would have none. */
const family = async () => {
  const shell = spawn("sh", ["-c", "exec 3<&0; cat <&3 & echo $!; wait"], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  root = shell;
  const [line] = await once(shell.stdout, "data");
  return { parent: shell.pid ?? 0, child: Number(line) };
};

describe("a tree of processes", () => {
  it("is a process and its descendants, and no others", async () => {
    const { parent, child } = await family();
    expect((await treeOf(parent)).sort()).toEqual([parent, child].sort());
    expect(await treeOf(process.pid)).toEqual(expect.arrayContaining([process.pid, parent, child]));
    expect(await treeOf(child)).toEqual([child]);
  });

  it("has used what all of them have", async () => {
    const { parent, child } = await family();
    const [whole, one, other] = [await usageOfTree(parent), await usageOf(parent), await usageOf(child)];
    expect(whole.peakRssBytes).toBe(one.peakRssBytes + other.peakRssBytes);
  });

  it("is kept on a core", async () => {
    const { parent, child } = await family();
    await pinTree(parent, 0);
    for (const pid of [parent, child]) {
      expect(await readFile(`/proc/${pid}/status`, "utf8")).toMatch(/^Cpus_allowed_list:\t0$/m);
    }
  });

  it("is read from what the kernel says, whatever a process is called", () => {
    expect(parentIn("42 (a) b) S 7 42 42 0")).toBe(7);
    expect(parentIn("")).toBe(0);
  });
});
