import { describe, expect, it } from "@jest/globals";
import { DEFAULT_REGISTRY, imageOf, registryFrom, withRegistry } from "./names.ts";

describe("the registry of a release", () => {
  it.each([
    ["ghcr.io/team", "ghcr.io/team"],
    ["localhost:5000", "localhost:5000"],
    ["registry.example.com:443/a/b-c/", "registry.example.com:443/a/b-c"],
  ])("is taken as it is named: %s", (text, registry) => {
    expect(registryFrom(text)).toBe(registry);
  });

  it.each(["", "https://ghcr.io", "ghcr.io/Team", "ghcr.io//team", "ghcr.io/team:1", "a b", "-x"])(
    "is not %j",
    (text) => {
      expect(() => registryFrom(text)).toThrow("--push must be a registry such as ghcr.io/team");
    },
  );

  it("takes the default's place where images are named", () => {
    expect(withRegistry(`image: ${DEFAULT_REGISTRY}/x`, "example.com")).toBe("image: example.com/x");
    expect(() => withRegistry("image: x", "example.com")).toThrow(`No image of ${DEFAULT_REGISTRY} is named`);
  });

  it("is the operator's own default", () => {
    expect(imageOf("counter", { version: "1.2.3", registry: DEFAULT_REGISTRY })).toBe(
      "ghcr.io/hitcounter/hitcounter-counter:1.2.3",
    );
  });
});
