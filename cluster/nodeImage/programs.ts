import { mkdir, rename, symlink } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { cached, hashOf } from "../cache.ts";
import { requireGo } from "../go.ts";
import type { Progress } from "../progress.ts";
import { run } from "../shell.ts";

/** The release of Kubernetes that is built here; `binary/go.mod` names the same. */
export const KUBERNETES_VERSION = "v1.34.4";

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

const SOURCES = join(import.meta.dirname, "binary");
const BUILD_TIMEOUT_SECONDS = 45 * 60;
const REPORT_SECONDS = 15;

/** Kubernetes' own programs, built from its Go modules once and kept in the user's cache folder. */
export async function ensurePrograms(progress: Progress): Promise<Programs> {
  const key = await hashOf([SOURCES], KUBERNETES_VERSION, process.arch);
  const folder = await cached("programs", key, async (unfinished) => {
    await requireGo("Kubernetes");
    await progress.step(
      `Building Kubernetes ${KUBERNETES_VERSION} from its Go modules (once; about 10 minutes on two cores)`,
      async () => await build(unfinished, progress),
    );
  });
  return { folder, binary: join(folder, "kubernetes"), pause: join(folder, "pause") };
}

async function build(folder: string, progress: Progress): Promise<void> {
  const env = { CGO_ENABLED: "0" };
  const options = { cwd: SOURCES, env, timeoutSeconds: BUILD_TIMEOUT_SECONDS };
  const downloads = counter((line) => line.startsWith("go: downloading"));
  let wanted = 0;
  await reporting(
    async () => {
      const list = await run("go", ["list", "-deps", "."], { ...options, onOutput: downloads.read });
      wanted = list.trim().split("\n").length;
    },
    () => progress.note(`${downloads.count()} Go modules downloaded`),
  );
  const packages = counter((line) => /^[\w.]+\/|^[a-z]+$/.test(line));
  const [, major = "", minor = ""] = /^v(\d+)\.(\d+)/.exec(KUBERNETES_VERSION) ?? [];
  const version = "k8s.io/component-base/version";
  const flags = [
    "-s",
    "-w",
    `-X ${version}.gitVersion=${KUBERNETES_VERSION}`,
    `-X ${version}.gitMajor=${major}`,
    `-X ${version}.gitMinor=${minor}`,
  ].join(" ");
  const output = join(folder, "out");
  await mkdir(output);
  await reporting(
    () =>
      run("go", ["build", "-v", "-trimpath", "-ldflags", flags, "-o", `${output}/`, ".", "./pause"], {
        ...options,
        onOutput: packages.read,
      }),
    () => progress.note(`${packages.count()} of at most ${wanted} packages compiled`),
  );
  await rename(join(output, "node"), join(folder, "kubernetes"));
  await rename(join(output, "pause"), join(folder, "pause"));
  for (const name of PROGRAMS) {
    await symlink("kubernetes", join(folder, name));
  }
}

function counter(matches: (line: string) => boolean) {
  let lines = 0;
  return {
    read: (text: string) => {
      lines += text.split("\n").filter(matches).length;
    },
    count: () => lines,
  };
}

async function reporting(work: () => Promise<unknown>, report: () => void): Promise<void> {
  const timer = setInterval(report, REPORT_SECONDS * 1000);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
}
