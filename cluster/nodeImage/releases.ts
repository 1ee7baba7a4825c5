import { join } from "node:path";
import process from "node:process";

/** A minor of Kubernetes that clusters, and control planes alone, are made of here. */
export interface Release {
  /** Such as `1.37`. */
  minor: string;
  /** The release that is built from Go modules where no registry can be reached, with its `v`. */
  version: string;
  /** Tag of kind's own node image: those that its pinned release, v0.33.0, brought. */
  official: string;
}

/** The folder of the programs' sources. */
export const SOURCES = join(import.meta.dirname, "binary");

/** What was seen to run (docs/kubernetes-versions.md), the default first: the newest on which every journey holds. */
export const RELEASES: readonly [Release, ...Release[]] = [
  { minor: "1.37", version: "v1.37.2", official: "v1.37.0" },
  { minor: "1.36", version: "v1.36.3", official: "v1.36.4" },
  { minor: "1.34", version: "v1.34.4", official: "v1.34.11" },
];

/** The go.mod that names the modules of a release; its go.sum lies beside it. */
export const modFileOf = ({ minor }: Release): string => join(SOURCES, "releases", `${minor}.mod`);

/**
 * The release that a person or a test asks for: by an option, else by KUBERNETES_VERSION, else the default. Throws,
 * naming what there is, where there is no such minor.
 */
export function wantedRelease(option?: string, env: NodeJS.ProcessEnv = process.env): Release {
  const wanted = option ?? (env.KUBERNETES_VERSION || undefined);
  if (wanted === undefined) {
    return RELEASES[0];
  }
  const found = RELEASES.find(({ minor, version }) => [minor, version].includes(wanted));
  if (!found) {
    const name = option === undefined ? "KUBERNETES_VERSION" : "--kubernetes";
    const known = RELEASES.map(({ minor }) => minor).join(", ");
    throw new Error(`${name} must be a minor of Kubernetes that is built here (${known}), not ${wanted}`);
  }
  return found;
}
