import { chmod, copyFile, cp, link, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { cacheFolder, hashOf } from "../cache.ts";
import { type Engine, hasImage, loadArchive } from "../engine.ts";
import { requireGo } from "../go.ts";
import { writeImageArchive, writeLayer } from "../imageArchive.ts";
import { KIND_VERSION } from "../kindProgram.ts";
import type { Progress } from "../progress.ts";
import { run, tryRun } from "../shell.ts";
import { sideBySide } from "../sideBySide.ts";
import { type DebianRecipe, debianFileSystem } from "./debian.ts";
import { ensurePrograms, PROGRAMS, type Programs, programsKey } from "./programs.ts";
import { RELEASES, type Release } from "./releases.ts";

const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** A system that boots in a container and runs containers itself. */
const NODE: DebianRecipe = {
  name: "node-files",
  variant: "minbase",
  packages: [
    ...["systemd", "systemd-sysv", "dbus", "procps", "kmod", "mount", "hostname", "ca-certificates"],
    ...["containerd", "runc", "containernetworking-plugins"],
    ...["iptables", "nftables", "iproute2", "ethtool", "conntrack", "socat"],
  ],
  hooks: [
    // A container has no devices, disks or consoles to wait for.
    'rm -f "$1"/lib/systemd/system/multi-user.target.wants/* "$1"/etc/systemd/system/*.wants/*',
    'rm -f "$1"/lib/systemd/system/local-fs.target.wants/* "$1"/lib/systemd/system/basic.target.wants/*',
    'rm -f "$1"/lib/systemd/system/sockets.target.wants/*udev* "$1"/lib/systemd/system/sockets.target.wants/*initctl*',
    'rm -f "$1"/lib/systemd/system/sysinit.target.wants/systemd-tmpfiles-setup.service',
  ],
};

/** What kube-proxy, the pod network and the enforcer of NetworkPolicies call. */
const COMPONENT: DebianRecipe = {
  name: "component-files",
  variant: "extract",
  packages: ["iptables", "ipset"],
};

const UNITS = ["containerd", "kubelet", "undo-mount-hacks", "component-images", "stray-packets"];

const NODE_REPOSITORY = "localhost/hitcounter-node";

/** The tag of the component image for what this project adds: pod network, NetworkPolicies, volumes. */
export const COMPONENT_IMAGE = "localhost/hitcounter-component:local";

/** The tag under which the engine has the node image of a release that these sources make. */
export async function builtNodeImage(release: Release): Promise<string> {
  const sources = ["build.ts", "debian.ts", "rootfs"].map((name) => join(import.meta.dirname, name));
  const key = await hashOf(sources, await programsKey(release), KIND_VERSION);
  return `${NODE_REPOSITORY}:${release.minor}-${key}`;
}

/** Builds the node image of a release from packages, unless the engine has it; returns its tag. */
export async function ensureNodeImage(engine: Engine, release: Release, progress: Progress): Promise<string> {
  const tag = await builtNodeImage(release);
  if (await hasImage(engine, tag)) {
    return tag;
  }
  const [programs, [nodeFiles, componentFiles]] = await sideBySide(
    [ensurePrograms(release, progress), fileSystems(progress)],
    progress,
  );
  await progress.step("Building the Kubernetes node image", async () => {
    const work = join(cacheFolder(), `node-image.unfinished-${process.pid}`);
    await mkdir(work);
    try {
      const root = join(work, "node");
      await addKindFiles(root);
      await cp(join(import.meta.dirname, "rootfs"), root, { recursive: true });
      await addPrograms(programs, join(root, "usr/bin"));
      await writeFile(join(root, "kind/version"), release.version);
      await enableUnits(root);
      const images = await componentImages(programs, release);
      await nameSandbox(root, images.pause);
      await writeComponentImages(images, programs, componentFiles, work, join(root, "kind/images.tar"));
      await writeLayer(root, join(work, "node.tar"));
      await writeImageArchive(join(work, "image.tar"), [
        {
          tags: [tag],
          layers: [nodeFiles, join(work, "node.tar")],
          config: {
            Entrypoint: ["/usr/local/bin/entrypoint", "/sbin/init"],
            Env: ["container=docker", PATH],
            StopSignal: "SIGRTMIN+3",
          },
        },
      ]);
      await loadArchive(engine, join(work, "image.tar"));
      await removeOlder(engine, tag);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  });
  return tag;
}

/** One after the other: the build beside them wants the processors. */
async function fileSystems(progress: Progress): Promise<[node: string, component: string]> {
  return [await debianFileSystem(NODE, progress), await debianFileSystem(COMPONENT, progress)];
}

/**
 * Removes the node images that earlier sources made, but for those of other releases, and those that a cluster still
 * runs on.
 */
async function removeOlder(engine: Engine, tag: string): Promise<void> {
  const others = RELEASES.map(({ minor }) => `${NODE_REPOSITORY}:${minor}-`).filter(
    (it) => !tag.startsWith(it),
  );
  const format = ["--format", "{{.Repository}}:{{.Tag}}"];
  const list = await run(engine.command, ["images", ...format, NODE_REPOSITORY], { env: engine.env });
  for (const older of list.split("\n").filter((line) => line !== "" && line !== tag)) {
    if (!others.some((other) => older.startsWith(other))) {
      await tryRun(engine.command, ["rmi", older], { env: engine.env });
    }
  }
}

/** The entrypoint and units of kind's own node image, which its Go module carries. */
async function addKindFiles(root: string): Promise<void> {
  await requireGo("The Kubernetes node image");
  const download = await run("go", ["mod", "download", "-json", `sigs.k8s.io/kind@${KIND_VERSION}`]);
  const module: { Dir: string } = JSON.parse(download);
  // Without their modes: files in Go's module cache are read-only.
  await run("cp", ["--recursive", "--no-preserve=all", `${module.Dir}/images/base/files/.`, root]);
  const entrypoint = join(root, "usr/local/bin/entrypoint");
  const text = await readFile(entrypoint, "utf8");
  const patched = text.replace("mode=legacy", "mode=nft"); // the component images have only nft
  if (patched === text) {
    throw new Error(
      `kind ${KIND_VERSION} chooses iptables in another way than cluster/nodeImage/build.ts expects`,
    );
  }
  await writeFile(entrypoint, patched);
  for (const script of [
    "usr/local/bin/entrypoint",
    "kind/bin/create-kubelet-cgroup-v2.sh",
    "kind/bin/undo-mount-hacks.sh",
  ]) {
    await chmod(join(root, script), 0o755);
  }
  // kind's unit expects its own build of containerd.
  await symlink("/usr/bin/containerd", join(root, "usr/local/bin/containerd"));
}

async function addPrograms(programs: Programs, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await copyFile(programs.binary, join(folder, "kubernetes"));
  for (const name of PROGRAMS) {
    await symlink("kubernetes", join(folder, name));
  }
}

async function enableUnits(root: string): Promise<void> {
  const wants = join(root, "etc/systemd/system/multi-user.target.wants");
  await mkdir(wants, { recursive: true });
  for (const unit of UNITS) {
    await symlink(`/etc/systemd/system/${unit}.service`, join(wants, `${unit}.service`));
  }
  await symlink("/dev/null", join(root, "etc/systemd/system/systemd-binfmt.service"));
  await mkdir(join(root, "etc/kubernetes/manifests"), { recursive: true });
}

/** The names that kubeadm gives to the images of the components. */
interface ComponentImages {
  pause: string;
  coreDns: string;
  others: string[];
}

async function componentImages({ folder }: Programs, { version }: Release): Promise<ComponentImages> {
  const list = await run(join(folder, "kubeadm"), [
    "config",
    "images",
    "list",
    "--kubernetes-version",
    version,
  ]);
  const names = list.trim().split("\n");
  const [pause, coreDns] = ["pause", "coredns"].map((it) => names.find((name) => name.includes(`/${it}:`)));
  if (pause === undefined || coreDns === undefined) {
    throw new Error(`kubeadm ${version} names its images otherwise than expected: ${names.join(", ")}`);
  }
  return { pause, coreDns, others: names.filter((name) => name !== pause && name !== coreDns) };
}

/** Tells containerd the image that holds a pod's namespaces open. */
async function nameSandbox(root: string, pause: string): Promise<void> {
  const path = join(root, "etc/containerd/config.toml");
  await writeFile(path, (await readFile(path, "utf8")).replace("PAUSE_IMAGE", pause));
}

/** One image for every component, under the names that kubeadm gives them. */
async function writeComponentImages(
  names: ComponentImages,
  programs: Programs,
  componentFiles: string,
  work: string,
  path: string,
): Promise<void> {
  await addPrograms(programs, join(work, "component/usr/local/bin"));
  await addIptables(join(work, "component"));
  await writeLayer(join(work, "component"), join(work, "component.tar"));
  await mkdir(join(work, "pause"));
  await link(programs.pause, join(work, "pause/pause")).catch(() =>
    copyFile(programs.pause, join(work, "pause/pause")),
  );
  await writeLayer(join(work, "pause"), join(work, "pause.tar"));
  const layers = [componentFiles, join(work, "component.tar")];
  const Env = [PATH];
  await writeImageArchive(path, [
    { tags: [names.pause], layers: [join(work, "pause.tar")], config: { Entrypoint: ["/pause"] } },
    { tags: [names.coreDns], layers, config: { Entrypoint: ["/usr/local/bin/coredns"], Env } },
    { tags: [...names.others, COMPONENT_IMAGE], layers, config: { Env } },
  ]);
}

/** The names that Debian's alternatives would give, had the package been set up; and those of the former iptables apart. */
async function addIptables(root: string): Promise<void> {
  for (const [folder, program] of [
    ["usr/sbin", "xtables-nft-multi"],
    ["usr/lib/iptables-legacy", "/usr/sbin/xtables-legacy-multi"],
  ] as const) {
    await mkdir(join(root, folder), { recursive: true });
    for (const name of ["iptables", "ip6tables"].flatMap((it) => [it, `${it}-save`, `${it}-restore`])) {
      await symlink(program, join(root, folder, name));
    }
  }
}
