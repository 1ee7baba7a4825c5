import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Metafile } from "esbuild";

/** An npm package of which something is in a bundle. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** What it says of its licence, as SPDX writes it: `MIT`, `(MIT OR Apache-2.0)`. */
  readonly license: string;
  /** Its folder on this machine. */
  readonly folder: string;
}

const PACKAGE = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;

/** The packages of which something is in a bundle of a folder's sources, in the order of their names. */
export function bundledPackages({ outputs }: Metafile, bundle: string, folder: string): BundledPackage[] {
  const inputs = outputs[bundle]?.inputs;
  if (inputs === undefined) throw new Error(`esbuild says nothing of ${bundle}`);
  const folders = new Set(Object.keys(inputs).flatMap((input) => PACKAGE.exec(input)?.[1] ?? []));
  return [...folders]
    .map((path) => {
      const at = join(folder, path);
      const read = JSON.parse(readFileSync(join(at, "package.json"), "utf8")) as Omit<
        BundledPackage,
        "folder"
      >;
      const { name, version, license } = read;
      if (typeof license !== "string") throw new Error(`${name} ${version} does not name its licence`);
      return { name, version, license, folder: at };
    })
    .sort((one, other) => (`${one.name} ${one.version}` < `${other.name} ${other.version}` ? -1 : 1));
}
