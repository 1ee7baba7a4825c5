// Writes the go.mod and go.sum that build a release of Kubernetes: sh tools/run.sh cluster/nodeImage/addRelease.ts 1.37.2
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { terminalProgress } from "../progress.ts";
import { run } from "../shell.ts";
import { SOURCES } from "./releases.ts";

const version = process.argv[2] ?? "";
const [, minor, patch] = /^1\.(\d+)\.(\d+)$/.exec(version) ?? [];
if (minor === undefined)
  throw new Error(`A release of Kubernetes is expected, such as 1.37.2, not "${version}"`);

const module = await run("go", ["mod", "download", "-json", `k8s.io/kubernetes@v${version}`]);
const { Dir: folder } = JSON.parse(module) as { Dir: string };
const goMod = await readFile(join(folder, "go.mod"), "utf8");
const kubeadm = await readFile(join(folder, "cmd/kubeadm/app/constants/constants.go"), "utf8");

/** The part of a text that a pattern finds: without it, the release is made otherwise than those before. */
function found(text: string, pattern: RegExp): string {
  const part = pattern.exec(text)?.[1];
  if (part === undefined)
    throw new Error(`Kubernetes ${version} has no ${pattern} where those before it had one`);
  return part;
}

/** Whose controller enforces NetworkPolicies on these nodes: the same for every release, until another is tried. */
const KUBE_ROUTER = "v2.1.0";

// With the etcd and the CoreDNS that kubeadm installs, and the staging modules as they were published.
const staged = [...goMod.matchAll(/^\s+(k8s\.io\/\S+) => \.\/staging\//gm)].map(([, name]) => name);
const modFile = join(SOURCES, "releases", `1.${minor}.mod`);
await writeFile(
  modFile,
  `module hitcounter.dev/node

${found(goMod, /^(go .*)$/m)}

${found(goMod, /^(godebug .*)$/m)}

require (
	github.com/cloudnativelabs/kube-router/v2 ${KUBE_ROUTER}
	github.com/coredns/coredns ${found(kubeadm, /CoreDNSVersion = "(v[\d.]+)"/)}
	go.etcd.io/etcd/server/v3 v${found(kubeadm, /DefaultEtcdVersion = "([\d.]+)-/)}
	k8s.io/kubernetes v${version}
)

replace (
${staged.map((name) => `\t${name} => ${name} v0.${minor}.${patch}\n`).join("")})
`,
);
await terminalProgress().step("Finding the other modules", () =>
  run("go", ["mod", "tidy", `-modfile=${modFile}`], { cwd: SOURCES }),
);
process.stdout.write(`${modFile} is written: add 1.${minor} to releases.ts, and see whether it runs\n`);
