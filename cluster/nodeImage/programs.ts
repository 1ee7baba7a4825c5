import { mkdir, rename, rmdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { cached, hashOf } from "../cache.ts";
import { requireGo } from "../go.ts";
import { goBuild } from "../goBuild.ts";
import type { Progress } from "../progress.ts";
import { modFileOf, type Release, SOURCES } from "./releases.ts";

/** The names under which the one binary is called. */
export const PROGRAMS = [
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kube-proxy",
  "kubelet",
  "kubeadm",
  "kubectl",
  "etcd",
  "coredns",
  "pod-network",
  "network-policies",
  "volumes",
] as const;

/** Where the programs lie. */
export interface Programs {
  /** A folder with every name of `PROGRAMS`, each a link to `binary`. */
  folder: string;
  /** The one binary. */
  binary: string;
  /** The program that holds a pod's namespaces open. */
  pause: string;
}

/** Kubernetes' own programs, built from its Go modules once and kept in the user's cache folder. */
export async function ensurePrograms(release: Release, progress: Progress): Promise<Programs> {
  const folder = await cached(`programs-${release.minor}`, await programsKey(release), async (unfinished) => {
    await requireGo("Kubernetes");
    await progress.step(
      `Building Kubernetes ${release.version} from its Go modules (once; about 8 minutes on two cores)`,
      (tell) => build(release, unfinished, tell),
    );
  });
  return { folder, binary: join(folder, "kubernetes"), pause: join(folder, "pause") };
}

/** A hash of what shapes the programs of a release: those of another stay as they are when this one's change. */
export async function programsKey(release: Release): Promise<string> {
  const sources = ["main.go", "network.go", "policies.go", "knownRules.go", "volumes.go", "pause"].map(
    (name) => join(SOURCES, name),
  );
  return await hashOf([...sources, modFileOf(release)], release.version, process.arch);
}

async function build(release: Release, folder: string, tell: (state: string) => void): Promise<void> {
  const [, major = "", minor = ""] = /^v(\d+)\.(\d+)/.exec(release.version) ?? [];
  const told = { gitVersion: release.version, gitMajor: major, gitMinor: minor };
  const output = join(folder, "out");
  await mkdir(output);
  await goBuild(
    {
      name: "Kubernetes",
      cwd: SOURCES,
      packages: [".", "./pause"],
      output: `${output}/`,
      modFile: modFileOf(release),
      linkerFlags: Object.entries(told).map(
        ([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`,
      ),
    },
    tell,
  );
  await rename(join(output, "node"), join(folder, "kubernetes"));
  await rename(join(output, "pause"), join(folder, "pause"));
  await rmdir(output);
  for (const name of PROGRAMS) {
    await symlink("kubernetes", join(folder, name));
  }
}
