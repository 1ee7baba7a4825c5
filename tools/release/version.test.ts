import { describe, expect, it } from "@jest/globals";
import { checkNext, compareVersions, newestOf, parseVersion } from "./version.ts";

const version = (text: string) => {
  const parsed = parseVersion(text);
  if (parsed === undefined) throw new Error(`${text} is no version`);
  return parsed;
};

describe("parseVersion", () => {
  it.each(["0.0.0", "1.2.3", "10.20.30", "1.0.0-rc.1", "1.0.0-alpha-1.x.7", "1.0.0-0a"])(
    "takes %s",
    (text) => {
      expect(parseVersion(text)).toBeDefined();
    },
  );

  it.each([
    "",
    "1",
    "1.2",
    "v1.2.3",
    "01.2.3",
    "1.2.3-",
    "1.2.3-01",
    "1.2.3-a..b",
    "1.2.3+build",
    "1.2.3 ",
    "1.2.3\n",
  ])("refuses %j", (text) => {
    expect(parseVersion(text)).toBeUndefined();
  });
});

describe("compareVersions", () => {
  it("puts versions into the order that semver.org gives as its example", () => {
    const ordered = [
      ...[
        "0.9.10",
        "0.10.0",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
      ],
      ...["1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.1.0", "2.0.0"],
    ];
    for (const [at, one] of ordered.entries()) {
      for (const [otherAt, other] of ordered.entries()) {
        expect([one, other, Math.sign(compareVersions(version(one), version(other)))]).toEqual([
          one,
          other,
          Math.sign(at - otherAt),
        ]);
      }
    }
  });
});

describe("the next version", () => {
  it("is any while nothing is released", () => {
    expect(() => checkNext("0.1.0", ["nightly", "1.0.0"])).not.toThrow();
  });

  it("is above the newest tag, whatever the order of tags", () => {
    const tags = ["v0.9.0", "v0.10.0", "v0.2.0", "other", "v1"];
    expect(newestOf(tags)).toBe("0.10.0");
    expect(() => checkNext("0.10.1", tags)).not.toThrow();
    expect(() => checkNext("0.10.0", tags)).toThrow(
      "--version must be above 0.10.0, which is released (tag v0.10.0), but 0.10.0 is not",
    );
    expect(() => checkNext("0.10.0-rc.1", tags)).toThrow("must be above 0.10.0");
  });

  it("is a semantic version", () => {
    expect(() => checkNext("v1.0", [])).toThrow(
      '--version must be a semantic version such as 1.2.3 or 1.2.3-rc.1, not "v1.0"',
    );
  });
});
