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

  it("writes an error as its message and those of its causes, with the stack of the innermost", () => {
    const { log, lines } = setUp();
    const error = new Error("applying Service", { cause: new TypeError("no route") });
    log.error("failed", { error, bytes: 5n });
    const line = JSON.parse(lines[0] ?? "");
    expect(line).toMatchObject({ error: "applying Service: no route", bytes: "5" });
    expect(line.stack).toMatch(/^TypeError: no route\n.*logger\.test\.ts/);
  });

  it("keeps the stack to itself where an error is only a warning", () => {
    const { log, lines } = setUp();
    log.warn("interrupted", { error: new Error("no route") });
    expect(JSON.parse(lines[0] ?? "")).not.toHaveProperty("stack");
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
    expect(errorMessage(new TypeError())).toBe("TypeError");
  });

  it("tells of every address that could not be reached", () => {
    const error = new AggregateError([new Error("::1 refused"), new Error("127.0.0.1 refused")]);
    expect(errorMessage(error)).toBe("::1 refused; 127.0.0.1 refused");
  });
});
