import { describe, expect, it } from "@jest/globals";
import { keyOf, keyString } from "./key.ts";
import { thing } from "./testing/things.ts";

describe("a key", () => {
  it("is an object's namespace and name", () => {
    expect(keyOf(thing("a"))).toEqual({ namespace: "demo", name: "a" });
    expect(keyOf({ metadata: { name: "node-1" } })).toEqual({ namespace: "", name: "node-1" });
  });

  it("is not to be had of an object without a name", () => {
    expect(() => keyOf({ kind: "Thing" })).toThrow("Thing has no name");
  });

  it("reads namespace/name, or the name alone where there is no namespace", () => {
    expect(keyString({ namespace: "demo", name: "a" })).toBe("demo/a");
    expect(keyString({ namespace: "", name: "node-1" })).toBe("node-1");
  });
});
