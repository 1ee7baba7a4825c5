import { spawn } from "node:child_process";
import { copyFile, cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import type { Engine } from "../../cluster/engine.ts";
import { buildProductImages } from "../../cluster/images/product.ts";
import { terminalProgress } from "../../cluster/progress.ts";
import { run, tryRun } from "../../cluster/shell.ts";
import { theEngine } from "./engine.ts";
import { freePort } from "./freePort.ts";
import { freeSubnet } from "./freeSubnet.ts";
import { ensureProgram } from "./goPrograms.ts";
import { until } from "./until.ts";

/** The project of compose.yaml, run by the real Compose under names, a subnet and a port of its own. */
export interface ComposeProject {
  /** Where its proxy serves. */
  url: string;
  /** Calls `docker compose` with these words, and returns what it prints; `env` is what compose.yaml reads. */
  compose(words: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>;
  /** Calls the engine. */
  engine(...words: string[]): Promise<string>;
  /** The id of a service's container. */
  container(service: string): Promise<string>;
  /** Removes all of it: containers, networks, volumes, files, and the engine's socket if it was made for this. */
  remove(): Promise<void>;
}

/** The counter's versions that the project can have; npm run up builds them too. */
export const COUNTER_VERSIONS = ["1.0.0", "1.1.0"] as const;

const root = join(import.meta.dirname, "../..");
/** The longest that a call may take (s): more than all that is waited for in it. */
const CALL_SECONDS = 300;
/** How often each container's health is looked at, where the engine does not do so itself (ms). */
const HEALTH_EVERY = 1000;
/** The subnets in compose.yaml, without their last number. */
const SUBNET = "10.217.84";
/** Prepares a project; nothing of it runs yet. */
export async function prepareComposeProject(): Promise<ComposeProject> {
  const progress = terminalProgress();
  const engine = await theEngine();
  const images = await buildProductImages(engine, progress, { versions: COUNTER_VERSIONS });
  const program = await ensureProgram("compose", progress);
  const folder = await mkdtemp(join(tmpdir(), "hitcounter-compose-"));
  await run("chmod", ["755", folder]); // the containers' users read what lies in it
  await copyFile(join(root, "compose.yaml"), join(folder, "compose.yaml"));
  await cp(join(root, "compose"), join(folder, "compose"), { recursive: true });
  const call = (...words: string[]) => run(engine.command, words, { env: engine.env });
  const taken = await takenSubnets(call);
  const subnet = freeSubnet(taken, process.pid); // others who choose at the same time begin elsewhere
  for (const file of ["compose.yaml", "compose/nginx.conf"]) {
    const text = await readFile(join(folder, file), "utf8");
    await writeFile(join(folder, file), text.replaceAll(`${SUBNET}.`, `${subnet}.`));
  }
  // One that the engine would choose itself may be the next one's, such as that of kind's network.
  const publicSubnet = `${freeSubnet([...taken, `${subnet}.0/24`], process.pid)}.0/24`;
  const override = { networks: { public: { ipam: { config: [{ subnet: publicSubnet }] } } } };
  await writeFile(join(folder, "compose.override.yaml"), JSON.stringify(override));

  const name = `hitcounter-test-${process.pid}`;
  const port = await freePort();
  const ids = async () => {
    const label = `label=com.docker.compose.project=${name}`;
    return (await call("ps", "--all", "--quiet", "--filter", label)).split("\n").filter(Boolean);
  };
  const socket = engine.name === "podman" ? await servePodman(engine, folder) : undefined;
  const checks = engine.name === "podman" ? checkHealth(engine, ids) : undefined;
  const settings = {
    LISTEN: `127.0.0.1:${port}`,
    COUNTER_IMAGE: images.counterRepository,
    COUNTER_VERSION: COUNTER_VERSIONS[0],
    REDIS_IMAGE: images.redis,
    PROXY_IMAGE: images.nginx,
    ...(socket && { DOCKER_HOST: socket.url }),
  };
  // Where only the project is named, Compose takes what it knows from containers, which is less.
  const files = ["compose.yaml", "compose.override.yaml"].flatMap((file) => ["--file", join(folder, file)]);
  const compose = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    run(program, ["--project-name", name, ...files, ...words], {
      cwd: folder,
      env: { ...settings, ...env },
      timeoutSeconds: CALL_SECONDS,
    });
  return {
    url: `http://127.0.0.1:${port}/`,
    compose,
    engine: call,
    container: async (service) => (await compose(["ps", "--all", "--quiet", service])).trim(),
    async remove() {
      try {
        await compose(["down", "--volumes", "--timeout", "1"]);
      } finally {
        await checks?.stop();
        await socket?.close();
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

/** The networks that the engine's networks and this machine's own take, as ADDRESS/BITS. */
async function takenSubnets(call: (...words: string[]) => Promise<string>): Promise<string[]> {
  const ids = (await call("network", "ls", "--quiet")).split("\n").filter(Boolean);
  const told = ids.length === 0 ? "" : await call("network", "inspect", ...ids);
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return [...(told.match(/[\d.]{7,15}\/\d+/g) ?? []), ...own.flatMap(({ cidr }) => cidr ?? [])];
}

/** Serves Docker's API by Podman at a socket in this folder. */
async function servePodman({ command, env }: Engine, folder: string) {
  const path = join(folder, "podman.sock");
  const url = `unix://${path}`;
  const service = spawn(command, ["system", "service", "--time=0", url], {
    env: { ...process.env, ...env },
    stdio: "ignore",
  });
  const ended = new Promise<void>((resolve) => service.once("close", () => resolve()));
  const answers = async () => (await tryRun(command, ["--url", url, "version"], { env })).code === 0;
  await until("Podman serves Docker's API", answers);
  return {
    url,
    async close() {
      service.kill();
      await ended;
    },
  };
}

/** Has Podman look at the health of these containers, which it leaves to timers of systemd: there may be none here. */
function checkHealth({ command, env }: Engine, ids: () => Promise<string[]>) {
  let stopped = false;
  const check = async (id: string) =>
    void (await tryRun(command, ["healthcheck", "run", id], { env, timeoutSeconds: 60 }).catch(
      () => undefined,
    ));
  const checking = (async () => {
    while (!stopped) {
      for (const id of await ids().catch(() => [])) await check(id);
      await sleep(HEALTH_EVERY);
    }
  })();
  return {
    async stop() {
      stopped = true;
      await checking;
    },
  };
}
