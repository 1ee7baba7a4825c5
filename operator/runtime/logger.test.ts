import { describe, expect, it } from "@jest/globals";
import { createLogger, errorMessage, type LoggerOptions } from "./logger.ts";

function setUp(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = [];
  const now = () => new Date("2026-01-02T03:04:05.678Z");
  return { lines, log: createLogger({ write: (line) => lines.push(line), now, ...options }) };
}

describe("the logger", () => {
  it("writes one JSON object a line, with the fields of its parents", () => {
    const { log, lines } = setUp();
    log.child({ controller: "things" }).child({ name: "a" }).info("created\nit", { kind: "Service" });
    expect(lines).toEqual([
      '{"time":"2026-01-02T03:04:05.678Z","level":"info","msg":"created\\nit","controller":"things","name":"a","kind":"Service"}\n',
    ]);
  });

  it.each([
    ["debug", ["debug", "info", "warn", "error"]],
    ["warn", ["warn", "error"]],
  ] as const)("writes nothing below the level %s", (level, expected) => {
    const { log, lines } = setUp({ level });
    for (const each of ["debug", "info", "warn", "error"] as const) {
      log[each]("hello");
    }
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(expected);
  });

  it("writes an error with its causes, wherever it stands", () => {
    const { log, lines } = setUp();
    log.error("failed", {
      error: new Error("applying Service", { cause: new TypeError("no route") }),
      n: 5n,
    });
    const line = JSON.parse(lines[0] ?? "");
    expect(line.error).toMatchObject({ name: "Error", message: "applying Service: no route" });
    expect(line.error.stack).toContain("logger.test.ts");
    expect(line.n).toBe("5");
  });
});

describe("an error's message", () => {
  it("ends, even where causes go in a circle", () => {
    const error = new Error("round");
    error.cause = error;
    expect(errorMessage(error)).toMatch(/^round: round/);
  });

  it("is had of anything that was thrown", () => {
    expect(errorMessage("text")).toBe("text");
    expect(errorMessage(new Error("outer", { cause: "inner" }))).toBe("outer: inner");
  });
});
