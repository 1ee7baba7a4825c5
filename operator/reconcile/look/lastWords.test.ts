import { describe, expect, it } from "@jest/globals";
import { causeIn } from "./lastWords.ts";

const redis = (time: string) => `1:C ${time} * oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo
1:M ${time} * Reading RDB base file on AOF loading...
1:M ${time} # Can't handle RDB format version 99
1:M ${time} # Error reading the RDB preamble of the AOF file appendonly.aof.1.base.rdb, AOF loading aborted
`;

describe("the cause of a crash", () => {
  it.each([
    [
      "what Redis warns of, without its time and process",
      redis("25 Nov 2026 10:00:00.123"),
      "Can't handle RDB format version 99; Error reading the RDB preamble of the AOF file " +
        "appendonly.aof.1.base.rdb, AOF loading aborted",
    ],
    [
      "the line with the error, and not the way there or Node's version",
      "file:///app/main.js:12\n  throw new Error('x')\n  ^\n\nError: the port is taken\n    at main (main.js:12:9)\n\nNode.js v24.0.0\n",
      "Error: the port is taken",
    ],
    [
      "what a line of JSON says",
      '{"level":"info","time":"2026-11-25T10:00:00Z","msg":"starting"}\n{"level":"error","msg":"cannot read","error":"EACCES"}\n',
      "cannot read: EACCES",
    ],
    [
      "nginx's complaint",
      '2026/11/25 10:00:00 [emerg] 1#1: host not found in upstream "x"\n',
      '[emerg] 1#1: host not found in upstream "x"',
    ],
    ["the last line where none names a cause", "one\ntwo\n", "two"],
    [
      "the line alone that tells why nothing is started",
      "log line\nRedis would begin at 0\n",
      "Redis would begin at 0",
    ],
  ])("is %s", (_title, words, cause) => {
    expect(causeIn(words)).toBe(cause);
  });

  it("is the same each time, so that it is told once", () => {
    expect(causeIn(redis("25 Nov 2026 10:00:00.123"))).toBe(causeIn(redis("26 Nov 2026 11:12:13.456")));
  });

  it("is nothing where nothing was said", () => {
    expect(causeIn(undefined)).toBeUndefined();
    expect(causeIn(" \n\n")).toBeUndefined();
  });
});
