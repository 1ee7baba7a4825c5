import process from "node:process";
import { describe, expect, it } from "@jest/globals";
import { bytesIn, cpuSecondsIn, usageOf } from "./processUsage.ts";

describe("what a process has used", () => {
  it("is its own time and its ended children's, whatever it is called", () => {
    const stat = "42 (node) x (y) S 1 42 42 0 -1 4194560 9 0 0 0 150 50 25 5 20 0 11 0 777 1 2";
    expect(cpuSecondsIn(stat)).toBe(2.3);
  });

  it("is told in bytes", () => {
    const status = "VmPeak:\t  100 kB\nVmHWM:\t    64 kB\nVmRSS:\t     2 kB\n";
    expect(bytesIn(status, "VmHWM")).toBe(65_536);
    expect(() => bytesIn(status, "VmSwap")).toThrow("VmSwap");
  });

  it("is read of a process that runs, and of none that does not", async () => {
    const { cpuSeconds, rssBytes, peakRssBytes, anonymousBytes } = await usageOf(process.pid);
    expect(cpuSeconds).toBeGreaterThan(0);
    expect(rssBytes).toBeGreaterThan(10_000_000);
    expect(peakRssBytes).toBeGreaterThanOrEqual(rssBytes);
    expect(anonymousBytes).toBeGreaterThan(1_000_000);
    expect(anonymousBytes).toBeLessThan(rssBytes);
    await expect(usageOf(2 ** 30)).rejects.toThrow("ENOENT");
  });
});
