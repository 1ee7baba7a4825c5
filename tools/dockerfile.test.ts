import { describe, expect, it } from "@jest/globals";
import { entrypointIn, environmentIn } from "./dockerfile.ts";

describe("an image", () => {
  it("has the program and arguments of its Dockerfile", () => {
    expect(entrypointIn('FROM x\nENTRYPOINT ["node", "--flag", "/app/x.js"]\nCMD []\n')).toEqual([
      "node",
      "--flag",
      "/app/x.js",
    ]);
    expect(() => entrypointIn("ENTRYPOINT node x.js\n")).toThrow("ENTRYPOINT");
  });

  it("has the environment that its Dockerfile sets", () => {
    const dockerfile = `ARG VERSION=dev
FROM x
ENV A=1 VERSION=\${VERSION}
# ENV C=3
ENV B=2
`;
    expect(environmentIn(dockerfile)).toEqual({ A: "1", VERSION: "dev", B: "2" });
  });
});
