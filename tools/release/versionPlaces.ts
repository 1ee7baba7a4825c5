import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Where the version stands in files that are not generated: what is before it, and how often. */
const places: { path: string; before: RegExp; times: number }[] = [
  { path: "package.json", before: /^ {2}"version": "/m, times: 1 },
  { path: "package-lock.json", before: /"name": "hitcounter",\n +"version": "/, times: 2 },
  { path: "config/manager/deployment.yaml", before: /hitcounter-operator:/, times: 1 },
  { path: "compose.yaml", before: /COUNTER_VERSION:-/, times: 2 },
];

/** Writes another version to each place below this folder; throws where one is not as it is described here. */
export async function setVersion(folder: string, from: string, to: string): Promise<void> {
  for (const { path, before, times } of places) {
    const text = await readFile(join(folder, path), "utf8");
    const pattern = new RegExp(`(${before.source})${from.replaceAll(".", "\\.")}`, `${before.flags}g`);
    const found = [...text.matchAll(pattern)].length;
    if (found !== times) {
      throw new Error(
        `${path} has the version ${from} of package.json ${found} times where ${times} are expected: mend it, or the places in tools/release/versionPlaces.ts`,
      );
    }
    await writeFile(join(folder, path), text.replaceAll(pattern, `$1${to}`));
  }
}
