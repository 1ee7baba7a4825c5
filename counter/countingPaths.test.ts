import { describe, expect, it } from "@jest/globals";
import { asksToShow, countingPath, countingRoutes, queryOf } from "./countingPaths.ts";

describe("a path", () => {
  it.each([
    ["/", { label: "/", isBadge: false }],
    ["/badge.svg", { label: "/badge.svg", isBadge: true }],
    ["/p/a", { label: "/p/*", page: "a", isBadge: false }],
    ["/p/a/badge.svg", { label: "/p/*/badge.svg", page: "a", isBadge: true }],
    ["/p/badge.svg", { label: "/p/*", page: "badge.svg", isBadge: false }],
    ["/p/badge.svg/badge.svg", { label: "/p/*/badge.svg", page: "badge.svg", isBadge: true }],
    ...[
      "/badge",
      "/badge.svg/",
      "/badgexsvg",
      "/p/",
      "/p/a/",
      "/p//badge.svg",
      "/p/a/badgexsvg",
      "/hits",
      "",
    ].map((path) => [path, undefined] as const),
  ])("counts by what it says: %s", (path, expected) => {
    expect(countingPath(path, true)).toEqual(expected);
    const isRouted = countingRoutes(true).some((each) =>
      typeof each === "string" ? each === path : each.test(path),
    );
    expect(isRouted).toBe(expected !== undefined);
  });

  it.each(["/p/a", "/p/a/badge.svg", "/p/badge.svg"])(
    "of a page counts nothing where there are none: %s",
    (path) => {
      expect(countingPath(path, false)).toBeUndefined();
    },
  );
});

describe("a query", () => {
  it.each([
    "?count=false",
    "?utm=1&count=false",
    "?count=false&x",
    "?%63ount=fals%65",
    "?count=1&count=false",
  ])("asks to show by a parameter: %s", (query) => {
    expect(asksToShow(queryOf(`/p/a${query}`))).toBe(true);
  });

  it.each([
    ...[
      "",
      "?",
      "?count=False",
      "?count=0",
      "?count=",
      "?count",
      "?count=true",
      "?x?count=false",
      "?count=false?",
    ],
    ...["?%", "?discount=false", "?count=%66alse%", "?count%3Dfalse"],
  ])("asks for nothing else: %s", (query) => {
    expect(asksToShow(queryOf(`/${query}`))).toBe(false);
  });
});
