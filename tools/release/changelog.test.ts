import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { releasedVersions } from "../podTemplates.ts";
import { releaseChangelog } from "./changelog.ts";

const HEAD = "# Changelog\n\nAll changes.\n\n";
const LINKS =
  "[Unreleased]: https://example.com/compare/v1.0.0...HEAD\n[1.0.0]: https://example.com/v1.0.0\n";
const release = (changelog: string) => releaseChangelog(changelog, "1.1.0", "2026-02-03");

describe("releaseChangelog", () => {
  it("gives what is unreleased the version and the date, and leaves the heading for what comes", () => {
    const { changelog, notes } = release(
      `${HEAD}## [Unreleased]\n\n### Added\n\n- One.\n\n## [1.0.0] - 2026-01-02\n\n- Zero.\n`,
    );
    expect(changelog).toBe(
      `${HEAD}## [Unreleased]\n\n## [1.1.0] - 2026-02-03\n\n### Added\n\n- One.\n\n## [1.0.0] - 2026-01-02\n\n- Zero.\n`,
    );
    expect(notes).toBe("### Added\n\n- One.");
    expect(releasedVersions(changelog)).toEqual(["1.1.0", "1.0.0"]);
  });

  it("moves the link lines on", () => {
    const { changelog, notes } = release(`${HEAD}## [Unreleased]\n\n- One.\n\n${LINKS}`);
    expect(changelog).toContain(
      `- One.\n\n[Unreleased]: https://example.com/compare/v1.1.0...HEAD\n[1.1.0]: https://example.com/compare/v1.0.0...v1.1.0\n[1.0.0]: `,
    );
    expect(notes).toBe("- One.");
  });

  it("releases the changelog that there is", async () => {
    const text = await readFile(join(import.meta.dirname, "../../CHANGELOG.md"), "utf8");
    // Right after a release there is nothing under the heading.
    const { changelog } = releaseChangelog(
      text.replace("## [Unreleased]\n", "## [Unreleased]\n\n- More.\n"),
      "99.0.0",
      "2099-01-01",
    );
    expect(releasedVersions(changelog)[0]).toBe("99.0.0");
    expect(changelog.endsWith("\n")).toBe(true);
    expect(changelog).not.toMatch(/\n\n\n/);
  });

  it.each([
    ["nothing", "\n"],
    ["headings alone", "\n### Added\n\n### Fixed\n"],
  ])("refuses %s under [Unreleased]", (_title, body) => {
    expect(() => release(`${HEAD}## [Unreleased]\n${body}\n## [1.0.0] - 2026-01-02\n\n- Zero.\n`)).toThrow(
      "CHANGELOG.md says nothing under [Unreleased]",
    );
  });

  it("refuses a changelog without the heading, and a version that it has", () => {
    expect(() => release(`${HEAD}## [1.0.0] - 2026-01-02\n`)).toThrow("no heading ## [Unreleased]");
    expect(() => release(`${HEAD}## [Unreleased]\n\n- One.\n\n## [1.1.0]\n`)).toThrow("[1.1.0] already");
  });
});
