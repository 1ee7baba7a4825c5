import { readdir, readFile } from "node:fs/promises";
import { run } from "../../cluster/shell.ts";
import { type Usage, usageOf } from "./processUsage.ts";

/** The numbers of a process and of all that descend from it, from /proc. */
export async function treeOf(root: number): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = new Map<number, number>();
  for (const pid of pids) {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ""); // gone meanwhile
    parents.set(pid, parentIn(stat));
  }
  const tree = new Set([root]);
  // A child may have a lower number than its parent, so it is looked until nothing is found any more.
  for (let before = 0; before !== tree.size; ) {
    before = tree.size;
    for (const [pid, parent] of parents) if (tree.has(parent)) tree.add(pid);
  }
  return [...tree];
}

/** The parent's number in /proc/PID/stat; 0 where there is none. */
export const parentIn = (stat: string) => Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] ?? 0);

/** What a process and its descendants have used; memory that they share is told for each of them. */
export async function usageOfTree(root: number): Promise<Usage> {
  const usages = await Promise.all((await treeOf(root)).map(usageOf));
  const sum = (field: keyof Usage) => usages.reduce((total, usage) => total + usage[field], 0);
  return {
    cpuSeconds: sum("cpuSeconds"),
    rssBytes: sum("rssBytes"),
    peakRssBytes: sum("peakRssBytes"),
    anonymousBytes: sum("anonymousBytes"),
  };
}

/** Keeps a process, its descendants and their threads on one core, and all that they start from now on. */
export async function pinTree(root: number, core: number): Promise<void> {
  for (const pid of await treeOf(root)) await run("taskset", ["-a", "-c", "-p", `${core}`, `${pid}`]);
}
