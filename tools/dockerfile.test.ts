import { describe, expect, it } from "@jest/globals";
import { entrypointIn } from "./dockerfile.ts";

describe("an image's program and arguments", () => {
  it("are those of its Dockerfile", () => {
    expect(entrypointIn('FROM x\nENTRYPOINT ["node", "--flag", "/app/x.js"]\nCMD []\n')).toEqual([
      "node",
      "--flag",
      "/app/x.js",
    ]);
    expect(() => entrypointIn("ENTRYPOINT node x.js\n")).toThrow("ENTRYPOINT");
  });
});
