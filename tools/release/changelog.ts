/** A changelog with one version more, and what it says of that. */
export interface Released {
  changelog: string;
  /** What stood under [Unreleased]: the notes of the release. */
  notes: string;
}

const UNRELEASED = "## [Unreleased]";

/**
 * What stands under [Unreleased] becomes a version with its date (YYYY-MM-DD), and so do its link lines where there
 * are any. Throws where nothing stands there, or the version is there already.
 */
export function releaseChangelog(changelog: string, version: string, date: string): Released {
  const start = changelog.indexOf(`${UNRELEASED}\n`);
  if (start < 0)
    throw new Error(`CHANGELOG.md has no heading ${UNRELEASED}: add one, with what changed under it`);
  if (changelog.includes(`\n## [${version}]`)) {
    throw new Error(`CHANGELOG.md has a heading [${version}] already: release a later version`);
  }
  const body = start + UNRELEASED.length + 1;
  const next = /^(?:## \[|\[[^\]]+\]: )/m.exec(changelog.slice(body));
  const end = next ? body + next.index : changelog.length;
  const notes = changelog.slice(body, end).trim();
  if (notes.split("\n").every((line) => line.trim() === "" || line.startsWith("#"))) {
    throw new Error("CHANGELOG.md says nothing under [Unreleased]: write there what changed, and commit it");
  }
  const rest = changelog.slice(end);
  const made = `${changelog.slice(0, start)}${UNRELEASED}\n\n## [${version}] - ${date}\n\n${notes}\n`;
  return { changelog: withLinks(rest === "" ? made : `${made}\n${rest}`, version), notes };
}

/** Moves the line `[Unreleased]: …/compare/v1.0.0...HEAD` on, and adds one for the version. */
function withLinks(changelog: string, version: string): string {
  const tag = `v${version}`;
  return changelog.replace(
    /^\[Unreleased\]: (.*\/compare\/)(\S+)\.\.\.HEAD$/m,
    (_line, base: string, before: string) =>
      `[Unreleased]: ${base}${tag}...HEAD\n[${version}]: ${base}${before}...${tag}`,
  );
}
