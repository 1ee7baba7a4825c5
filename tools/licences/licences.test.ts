import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type ProgramName, packagesIn, programs } from "../bundle.ts";
import { isAllowed, legalText, licenceTextOf } from "./licences.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hitcounter-package-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const packageWith = (license: string, files: Record<string, string>) => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return { name: "left", version: "1.2.3", license, folder };
};

describe("a licence", () => {
  it.each(["MIT", "(MIT OR GPL-3.0-only)", "MIT AND Apache-2.0", "GPL-2.0-only OR (MIT AND ISC)"])(
    "%s is allowed",
    (expression) => {
      expect(isAllowed(expression)).toBe(true);
    },
  );

  it.each([
    "GPL-3.0-only",
    "MIT AND GPL-3.0-only",
    "(GPL-2.0-only OR MPL-2.0)",
    "Apache-2.0 WITH LLVM-exception",
    "MIT AND (ISC OR GPL-3.0-only)",
    "SEE LICENSE IN LICENSE",
    "UNLICENSED",
    "",
  ])("%s is for a person to decide on", (expression) => {
    expect(isAllowed(expression)).toBe(false);
  });

  it.each([
    ["its file", { LICENSE: "All of it.\n" }, "All of it."],
    ["its files", { "LICENSE-MIT": "One.", NOTICE: "Two." }, "One.\n\nTwo."],
    [
      "a section of its README",
      { "README.md": "# Left\n\nLicense\n----\n\nWaived.\n\n## More\n" },
      "Waived.",
    ],
    ["the last section of its README", { "readme.md": "# Left\n\n## License\n\nMIT, me.\n" }, "MIT, me."],
  ])("has its text from %s", (_where, files, text) => {
    expect(licenceTextOf(packageWith("MIT", files))).toBe(text);
  });

  it("without a text, and one that is not allowed, stop the build", () => {
    const nothing = packageWith("MIT", { "README.md": "# Left\n" });
    expect(() => legalText("Ours", [nothing], "")).toThrow("left 1.2.3 brings no text of its licence");
    const other = packageWith("AGPL-3.0-only", { LICENSE: "No." });
    expect(() => legalText("Ours", [other], "")).toThrow(
      "not allowed in an image: left 1.2.3 (AGPL-3.0-only)",
    );
  });
});

describe.each(Object.keys(programs) as ProgramName[])("the packages in the image of the %s", (program) => {
  it("are known, and each is there with its licence and its text", async () => {
    const packages = await packagesIn(program);
    expect(packages.map(({ name }) => name)).toEqual(expect.arrayContaining(["prom-client", "zod"]));
    const text = legalText("Ours.", packages, "/*! me */");
    expect(text).toMatch(/^HitCounter\nLicence: Apache-2\.0\n\nOurs\.\n/);
    for (const each of packages) {
      expect(text).toContain(`\n${each.name} ${each.version}\nLicence: ${each.license}\n\n`);
      expect(licenceTextOf(each).length).toBeGreaterThan(100);
    }
    expect(text).toContain("/*! me */");
  });
});
