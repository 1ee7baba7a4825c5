import process from "node:process";
import type { V1Container } from "@kubernetes/client-node";
import type { Engine } from "../../cluster/engine.ts";
import { type BaseImages, ensureDebianImage } from "../../cluster/images/base.ts";
import type { BaseRecipe } from "../../cluster/images/recipes.ts";
import { terminalProgress } from "../../cluster/progress.ts";
import { run, tryRun } from "../../cluster/shell.ts";
import { containerShells } from "./containerShells.ts";
import { theBaseImages, theEngine } from "./engine.ts";

/** A container on the machine's own network, so that what it listens on is loopback, as for any process. */
export interface Container {
  /** Sends its first process a signal. */
  signal(name: NodeJS.Signals): Promise<void>;
  /** Waits until it has ended. */
  ended(): Promise<void>;
  /** Ends it as the kubelet does: by its image's own signal, and by SIGKILL after so long. */
  stop(graceSeconds: number): Promise<void>;
  /** Starts it again as it was. */
  start(): Promise<void>;
  /** Runs a command in it and returns what it prints. */
  exec(...words: string[]): Promise<string>;
  /** What it printed so far. */
  output(): Promise<string>;
  /** This machine's number of its first process. */
  pid(): Promise<number>;
  remove(): Promise<void>;
}

/** How a container is run. */
export interface ContainerOptions {
  /** What it is, for its name. */
  name: string;
  /** Which of the product's base images, or how another is made. */
  image: keyof BaseImages | BaseRecipe;
  /** Its command, as a pod would have it. */
  command: readonly string[];
  /** Folders on this machine, by the path at which the container sees them. */
  mounts?: Readonly<Record<string, string>>;
  env?: Readonly<Record<string, string>>;
  /** Whether its files shall belong to whoever runs the tests; else it runs as the image's user. */
  asMyself?: boolean;
  /** Whether it goes without capabilities, cannot get any, and writes nowhere but to its own /tmp. */
  confined?: boolean;
}

const CONFINED = [
  "--cap-drop",
  "all",
  "--security-opt",
  "no-new-privileges",
  "--read-only",
  "--tmpfs",
  "/tmp",
];

let made = 0;
const progress = terminalProgress();

/** Starts a container of one of the product's base images, or of another. */
export async function startContainer(options: ContainerOptions): Promise<Container> {
  const engine = await theEngine();
  const { image: wanted } = options;
  const image =
    typeof wanted === "string"
      ? (await theBaseImages())[wanted]
      : await ensureDebianImage(engine, wanted, progress);
  made += 1;
  const name = `hitcounter-test-${options.name}-${process.pid}-${made}`;
  const call = (...args: string[]) => run(engine.command, args, { env: engine.env });
  const [program = "", ...words] = options.command;
  const flags = (flag: string, values: Readonly<Record<string, string>> = {}, sign = "=") =>
    Object.entries(values).flatMap(([key, value]) => [flag, `${key}${sign}${value}`]);
  const mounts = Object.entries(options.mounts ?? {}).flatMap(([at, from]) => ["--volume", `${from}:${at}`]);
  await call(
    ...["run", "--detach", "--name", name, "--network", "host", "--security-opt", "label=disable"],
    ...(options.asMyself ? ["--user", myself(engine)] : []),
    ...(options.confined ? CONFINED : []),
    ...mounts,
    ...flags("--env", options.env),
    ...["--entrypoint", program, image, ...words],
  );
  const shells = containerShells(engine, name);
  return {
    signal: async (signal) => void (await call("kill", "--signal", signal, name)),
    ended: async () => void (await call("wait", name)),
    stop: async (graceSeconds) => void (await call("stop", "--time", String(graceSeconds), name)),
    async start() {
      shells.end();
      await call("start", name);
    },
    exec: (...command) => shells.run(command),
    async output() {
      const { stdout, stderr } = await tryRun(engine.command, ["logs", name], { env: engine.env });
      return stdout + stderr;
    },
    pid: async () => Number(await call("inspect", "--format", "{{.State.Pid}}", name)),
    async remove() {
      shells.end();
      await tryRun(engine.command, ["rm", "--force", "--volumes", name], { env: engine.env });
    },
  };
}

/** Rootless Podman maps a container's root to its caller; Docker knows users by the machine's numbers. */
const myself = ({ name }: Engine) =>
  name === "podman" ? "0:0" : `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;

/** The path at which a container of the product sees a volume. */
export function mountPath(container: V1Container, volume: string): string {
  const path = container.volumeMounts?.find(({ name }) => name === volume)?.mountPath;
  if (path === undefined) throw new Error(`Container ${container.name} mounts no volume ${volume}`);
  return path;
}
