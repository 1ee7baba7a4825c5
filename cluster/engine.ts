import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheFolder } from "./cache.ts";
import { architecture, writeImageArchive, writeLayer } from "./imageArchive.ts";
import type { Progress } from "./progress.ts";
import { run, tryRun } from "./shell.ts";
import { exitingProgram } from "./smallestProgram.ts";
import { ensureCommands, which } from "./tools.ts";
import { writeWhole } from "./wholeFile.ts";

/** A container engine that can run and build: Docker or Podman. */
export interface Engine {
  name: "docker" | "podman";
  /** The program to call. */
  command: string;
  /** Environment its calls, and kind's, need (CONTAINERS_CONF, KIND_EXPERIMENTAL_PROVIDER). */
  env: Record<string, string>;
}

/** What Podman needs, by command: its network program calls iptables, and crun refuses hybrid cgroups. */
const PODMAN = {
  podman: ["podman", "netavark", "aardvark-dns"],
  iptables: ["iptables"],
  runc: ["runc"],
};

/** The image that a trial runs. */
const TRIAL_IMAGE = "localhost/hitcounter-trial:1";

/**
 * The engine that really runs a privileged container here, which is what a Kubernetes node needs: Docker,
 * else Podman, which is installed if it is missing and can be. An engine is tried, not trusted: where root
 * lacks a capability, or a limit cannot be raised, only the trial shows it.
 */
export async function findEngine(progress: Progress): Promise<Engine> {
  return await progress.step("Looking for a container engine", async () => {
    const present = await firstThatWorks(await candidates(), progress);
    if (present) {
      return present;
    }
    await ensureCommands(PODMAN, progress);
    const installed = await firstThatWorks(await candidates(), progress);
    if (installed) {
      return installed;
    }
    throw new Error(
      "No container engine here runs a privileged container (see the notes above): start Docker, or repair Podman, and try again",
    );
  });
}

/** As `findEngine`, but installs nothing: where no engine works there is none. */
export async function presentEngine(progress: Progress): Promise<Engine | undefined> {
  return await firstThatWorks(await candidates(), { ...progress, note: () => {} });
}

/** Whether the engine has an image. */
export async function hasImage(engine: Engine, tag: string): Promise<boolean> {
  const { code } = await tryRun(engine.command, ["image", "inspect", tag], { env: engine.env });
  return code === 0;
}

/** Loads an image archive into the engine. */
export async function loadArchive(engine: Engine, path: string): Promise<void> {
  await run(engine.command, ["load", "--input", path], { env: engine.env });
}

async function candidates(): Promise<Engine[]> {
  const engines: Engine[] = [];
  if (which("docker")) {
    engines.push({ name: "docker", command: "docker", env: { KIND_EXPERIMENTAL_PROVIDER: "docker" } });
  }
  if (which("podman")) {
    const env = { KIND_EXPERIMENTAL_PROVIDER: "podman" };
    engines.push({ name: "podman", command: "podman", env });
    for (const runtime of ["crun", "runc"].filter(which)) {
      const CONTAINERS_CONF = await podmanConfig(runtime);
      engines.push({ name: "podman", command: "podman", env: { ...env, CONTAINERS_CONF } });
    }
  }
  return engines;
}

/** A configuration that keeps Podman from asking for higher limits than this user may set. */
async function podmanConfig(runtime: string): Promise<string> {
  const files = (await run("sh", ["-c", "ulimit -Hn"])).trim();
  const path = join(cacheFolder(), `containers-${runtime}.conf`);
  await mkdir(cacheFolder(), { recursive: true });
  // Another process may be starting a container by the one that is there.
  await writeWhole(
    path,
    `[containers]
default_ulimits = ["nofile=${files}:${files}", "nproc=32768:32768"]
# A node is a container with all its pods in it: Podman's 2048 processes are too few for some dozens.
pids_limit = 0
[engine]
runtime = "${runtime}"
`,
  );
  return path;
}

async function firstThatWorks(engines: readonly Engine[], progress: Progress): Promise<Engine | undefined> {
  const refusals = new Set<string>();
  for (const engine of engines) {
    const refusal = await tryPrivileged(engine);
    if (refusal === undefined) {
      return engine;
    }
    refusals.add(`${engine.command} does not run a privileged container here: ${refusal}`);
  }
  for (const refusal of refusals) {
    progress.note(refusal);
  }
  return undefined;
}

/** Runs a privileged container; returns why it did not run, or nothing. */
async function tryPrivileged(engine: Engine): Promise<string | undefined> {
  const options = { env: engine.env, timeoutSeconds: 60 };
  const folder = await mkdtemp(join(tmpdir(), "hitcounter-trial-"));
  try {
    if (!(await hasImage(engine, TRIAL_IMAGE))) {
      await mkdir(join(folder, "root"));
      await writeFile(join(folder, "root", "exit"), exitingProgram(architecture()), { mode: 0o755 });
      await writeLayer(join(folder, "root"), join(folder, "layer.tar"));
      await writeImageArchive(join(folder, "image.tar"), [
        { tags: [TRIAL_IMAGE], layers: [join(folder, "layer.tar")], config: { Entrypoint: ["/exit"] } },
      ]);
      await run(engine.command, ["load", "--input", join(folder, "image.tar")], options);
    }
    await run(engine.command, ["run", "--rm", "--privileged", TRIAL_IMAGE], options);
    return undefined;
  } catch (error) {
    const lines = String(error instanceof Error ? error.message : error)
      .trim()
      .split("\n");
    return lines.at(-1);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
