import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { bundle } from "../../tools/bundle.ts";
import { entrypointIn } from "../../tools/dockerfile.ts";
import type { ProgramName } from "./contenders.ts";
import { ensureAxumPeer, ensureFlaskPeer, ensureGoPeer, ensureNodePeers } from "./peers.ts";

/** How a program is started; it reads PORT and REDIS_PORT. */
export interface Program {
  readonly command: readonly [program: string, ...args: string[]];
  readonly env: Readonly<Record<string, string>>;
}

/** Gunicorn's own advice is two workers a core and one more, and there is one core. */
const GUNICORN_WORKERS = 3;

const root = join(import.meta.dirname, "../..");
const onNode = { NODE_ENV: "production" };

const makers: Record<Exclude<ProgramName, "nginx-constant">, (port: number) => Promise<Program>> = {
  counter: async () => ({ command: [process.execPath, ...(await shippedArguments())], env: onNode }),
  "counter-cluster": async () => {
    const shipped = await shippedArguments();
    const cluster = join(await ensureNodePeers(), "cluster.js");
    return { command: [process.execPath, ...shipped.toSpliced(-1, 0, cluster)], env: onNode };
  },
  express: () => nodePeer("express.js"),
  fastify: () => nodePeer("fastify.js"),
  "node-constant": () => nodePeer("constant.js"),
  flask: async (port) => {
    const { packages, sources } = await ensureFlaskPeer();
    const options = ["--bind", `127.0.0.1:${port}`, "--workers", `${GUNICORN_WORKERS}`, "--chdir", sources];
    return {
      command: ["python3", "-m", "gunicorn", ...options, "app:app"],
      env: { PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: "1" },
    };
  },
  go: async () => ({ command: [await ensureGoPeer()], env: {} }),
  axum: async () => ({ command: [await ensureAxumPeer()], env: {} }),
};

/** Builds a program that serves on this port; nginx is none of them, it runs in a container. */
export async function makeProgram(name: ProgramName, port: number): Promise<Program | undefined> {
  return name === "nginx-constant" ? undefined : makers[name](port);
}

/** What stands behind `node` in the counter's image, with the bundle as it lies here. */
async function shippedArguments(): Promise<string[]> {
  await bundle(["counter"]);
  const words = entrypointIn(await readFile(join(root, "Dockerfile.counter"), "utf8"));
  return words.slice(1).map((word) => word.replace(/^\/app\//, `${root}/dist/`));
}

async function nodePeer(file: string): Promise<Program> {
  return { command: [process.execPath, join(await ensureNodePeers(), file)], env: onNode };
}
