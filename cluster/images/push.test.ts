import { describe, expect, it } from "@jest/globals";
import { pushedName } from "./push.ts";

describe("pushedName", () => {
  it.each([
    ["localhost/hitcounter/counter:1.0.0", "ghcr.io/someone", "ghcr.io/someone/hitcounter-counter:1.0.0"],
    ["localhost/hitcounter/operator:0.1.0", "localhost:5000/", "localhost:5000/hitcounter-operator:0.1.0"],
  ])("gives %s its name in %s", (image, registry, name) => {
    expect(pushedName(image, registry)).toBe(name);
  });
});
