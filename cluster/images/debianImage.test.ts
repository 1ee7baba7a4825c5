import { describe, expect, it } from "@jest/globals";
import { debianImage, toExpression } from "./debianImage.ts";
import { recipes } from "./recipes.ts";

describe("toExpression", () => {
  it.each([
    ["./usr/lib/*-linux-gnu/*.so*", "./usr/lib/x86_64-linux-gnu/libz.so.1", true],
    ["./usr/lib/*-linux-gnu/*.so*", "./usr/lib/x86_64-linux-gnu/gconv/UTF-16.so", false],
    ["./usr/lib/*-linux-gnu/*.so*", "./usr/lib/x86_64-linux-gnu/libzxso", false],
    ["./usr/bin/{sh,[,cat}", "./usr/bin/[", true],
    ["./usr/bin/{sh,[,cat}", "./usr/bin/cat", true],
    ["./usr/bin/{sh,[,cat}", "./usr/bin/bash", false],
    ["./lib", "./lib64", false],
  ])("matches %s with %s: %s", (pattern, name, matches) => {
    expect(toExpression(pattern).test(name)).toBe(matches);
  });
});

describe("debianImage", () => {
  it("says in its tag what it is, and changes it with the recipe", async () => {
    for (const recipe of recipes) {
      const { tag } = await debianImage(recipe);
      expect(tag).toMatch(new RegExp(`^localhost/hitcounter/${recipe.name}:${recipe.version}-[0-9a-f]{8}$`));
      const other = await debianImage({ ...recipe, packages: [...recipe.packages, "hello"] });
      expect(other.tag).not.toBe(tag);
    }
  });

  it("runs nothing as root", () => {
    expect(recipes.map(({ config }) => config.User)).toEqual([
      "65532:65532",
      "999:999",
      "101:101",
      "59000:59000",
      "1001:1001",
    ]);
  });
});
