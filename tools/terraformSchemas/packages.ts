import { globSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../cluster/shell.ts";

/** A published package of bindings that CDK Terrain generated from a provider's schema. All are under MPL-2.0. */
export interface BindingsPackage {
  from: "npm" | "PyPI";
  name: string;
  version: string;
  /** Whether the provider has attributes whose members have flags: it speaks version 6 of the plugin protocol alone. */
  nestedAttributes?: true;
}

/** By the provider's name. */
export const packages: Record<string, BindingsPackage> = {
  aws: { from: "npm", name: "@cdktn/provider-aws", version: "25.7.0" },
  kubernetes: { from: "PyPI", name: "cdktn-provider-kubernetes", version: "17.1.0" },
  helm: { from: "PyPI", name: "cdktn-provider-helm", version: "15.1.0", nestedAttributes: true },
};

/** Downloads a package into a folder that is empty, and returns the folder of its bindings. */
export async function download({ from, name, version }: BindingsPackage, into: string): Promise<string> {
  if (from === "npm") {
    await run("npm", ["pack", "--silent", "--pack-destination", into, `${name}@${version}`]);
  } else {
    await run("python3", [
      "-m",
      "pip",
      "download",
      "--quiet",
      "--no-deps",
      "--dest",
      into,
      `${name}==${version}`,
    ]);
    await run("python3", ["-m", "zipfile", "-e", only("*.whl", into), into]);
  }
  // A package for Python has the one for JavaScript in it.
  await run("tar", ["-xzf", only("{,*/_jsii/}*.tgz", into), "-C", into]);
  return join(into, "package", "lib");
}

function only(pattern: string, folder: string): string {
  const [file, ...more] = globSync(pattern, { cwd: folder });
  if (file === undefined || more.length > 0) throw new Error(`${folder} has not one ${pattern}`);
  return join(folder, file);
}
