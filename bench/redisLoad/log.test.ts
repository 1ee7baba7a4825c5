import { describe, expect, it } from "@jest/globals";
import { loadSecondsIn } from "./log.ts";

const line = (seconds: string) =>
  `1:M 24 Nov 2026 15:00:00.000 * DB loaded from append only file: ${seconds} seconds\n`;

describe("the time that Redis took to load", () => {
  it("is what it said last", () => {
    expect(loadSecondsIn(`${line("0.500")}Ready to accept connections tcp\n${line("12.345")}`)).toBe(12.345);
  });

  it("is asked for in vain where it loaded nothing", () => {
    expect(() => loadSecondsIn("Ready to accept connections tcp")).toThrow("does not say");
  });
});
