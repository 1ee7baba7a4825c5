import { describe, expect, it } from "@jest/globals";
import { inWords, jsonLog } from "./logger.ts";

describe("jsonLog", () => {
  it("writes one JSON object a line, errors in words", () => {
    let written = "";
    const log = jsonLog(
      (line) => {
        written += line;
      },
      () => 0,
    );
    log("warn", "No\nluck", { error: new Error("outer", { cause: new Error("inner") }), tries: 2 });
    expect(written).toBe(
      '{"time":"1970-01-01T00:00:00.000Z","level":"warn","msg":"No\\nluck","error":"outer: inner","tries":2}\n',
    );
  });
});

describe("inWords", () => {
  it.each([
    ["the message", new Error("no"), "no"],
    ["all of several errors", new AggregateError([new Error("a"), new Error("b")]), "a; b"],
    ["the name when there is no message", new TypeError(), "TypeError"],
    ["what is no error", "text", "text"],
  ])("tells %s", (_what, error, words) => {
    expect(inWords(error)).toBe(words);
  });
});
