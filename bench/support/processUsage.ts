import { readFile } from "node:fs/promises";

/** What a process has used so far. */
export interface Usage {
  /** User and system time, its ended children's too. */
  readonly cpuSeconds: number;
  /** Resident memory now, and at its highest. */
  readonly rssBytes: number;
  readonly peakRssBytes: number;
  /** The part of its resident memory that no file is behind: data, but not the program's own text. */
  readonly anonymousBytes: number;
}

/** The kernel tells times in hundredths of a second, whatever its own clock. */
const TICKS_PER_SECOND = 100;

/** Reads what a process has used from /proc; rejects when it is gone. */
export async function usageOf(pid: number): Promise<Usage> {
  const [stat, status] = await Promise.all([
    readFile(`/proc/${pid}/stat`, "utf8"),
    readFile(`/proc/${pid}/status`, "utf8"),
  ]);
  return {
    cpuSeconds: cpuSecondsIn(stat),
    rssBytes: bytesIn(status, "VmRSS"),
    peakRssBytes: bytesIn(status, "VmHWM"),
    anonymousBytes: bytesIn(status, "RssAnon"),
  };
}

/** User and system time in /proc/PID/stat, ended children's included. */
export function cpuSecondsIn(stat: string): number {
  // The program's name stands in brackets and may hold anything; state, the third field, is the first behind it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const times = fields.slice(11, 15).map(Number); // utime, stime, cutime, cstime
  return times.reduce((sum, ticks) => sum + ticks, 0) / TICKS_PER_SECOND;
}

/** A size in /proc/PID/status, in bytes. */
export function bytesIn(status: string, name: string): number {
  const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1];
  if (kilobytes === undefined) throw new Error(`/proc says no ${name}`);
  return Number(kilobytes) * 1024;
}
