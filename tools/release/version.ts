/** A version as Semantic Versioning has it, without build metadata, which no image tag could hold. */
export interface Version {
  /** Major, minor and patch. */
  readonly numbers: readonly [number, number, number];
  /** Identifiers of a pre-release; none for a release. */
  readonly preRelease: readonly string[];
}

const NUMBER = "(?:0|[1-9]\\d*)";
const IDENTIFIER = `(?:${NUMBER}|\\d*[A-Za-z-][0-9A-Za-z-]*)`;
const VERSION = new RegExp(
  `^(${NUMBER})\\.(${NUMBER})\\.(${NUMBER})(?:-(${IDENTIFIER}(?:\\.${IDENTIFIER})*))?$`,
);

/** Reads a version such as 1.2.3 or 1.2.3-rc.1; undefined where it is none. */
export function parseVersion(text: string): Version | undefined {
  const [, major, minor, patch, preRelease] = VERSION.exec(text) ?? [];
  if (major === undefined) return undefined;
  return {
    numbers: [Number(major), Number(minor), Number(patch)],
    preRelease: preRelease?.split(".") ?? [],
  };
}

/** Below 0 where the first comes before the other, above 0 where it comes after it. */
export function compareVersions(one: Version, other: Version): number {
  for (const [index, number] of one.numbers.entries()) {
    const difference = number - (other.numbers[index] ?? 0);
    if (difference !== 0) return difference;
  }
  const [pre, otherPre] = [one.preRelease, other.preRelease];
  if (pre.length === 0 || otherPre.length === 0) return otherPre.length - pre.length;
  for (const [index, identifier] of pre.entries()) {
    const against = otherPre[index];
    if (against === undefined) return 1;
    const difference = compareIdentifiers(identifier, against);
    if (difference !== 0) return difference;
  }
  return pre.length - otherPre.length;
}

/** Numbers come before words, and by their value. */
function compareIdentifiers(one: string, other: string): number {
  const [isNumber, otherIsNumber] = [/^\d+$/.test(one), /^\d+$/.test(other)];
  if (isNumber && otherIsNumber) return Number(one) - Number(other);
  if (isNumber !== otherIsNumber) return isNumber ? -1 : 1;
  return one < other ? -1 : one > other ? 1 : 0;
}

/** The tag of a version. */
export const tagOf = (version: string) => `v${version}`;

/** The newest version among tags; undefined where nothing is released. Tags of another form are of no interest. */
export function newestOf(tags: readonly string[]): string | undefined {
  const versions = tags.flatMap((tag) => {
    const text = tag.slice(1);
    const version = tag.startsWith("v") ? parseVersion(text) : undefined;
    return version ? [{ text, version }] : [];
  });
  return versions.sort((one, other) => compareVersions(other.version, one.version))[0]?.text;
}

/** Throws, saying what is wrong, where this can't be the next version after what the tags say is released. */
export function checkNext(text: string, tags: readonly string[]): void {
  const version = parseVersion(text);
  if (version === undefined) {
    throw new Error(
      `--version must be a semantic version such as 1.2.3 or 1.2.3-rc.1, not ${JSON.stringify(text)}`,
    );
  }
  const newest = newestOf(tags);
  const released = newest === undefined ? undefined : parseVersion(newest);
  if (released && compareVersions(version, released) <= 0) {
    throw new Error(
      `--version must be above ${newest}, which is released (tag ${tagOf(newest ?? "")}), but ${text} is not`,
    );
  }
}
