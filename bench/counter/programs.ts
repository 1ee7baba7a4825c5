import { join } from "node:path";
import process from "node:process";
import { bundle } from "../../tools/bundle.ts";
import { asInItsImage, type Command } from "../../tools/dockerfile.ts";
import type { ProgramName } from "./contenders.ts";
import { ensureAxumPeer, ensureFlaskPeer, ensureGoPeer, ensureNodePeers } from "./peers.ts";

/** How a program is started; it reads PORT and REDIS_PORT. */
export type Program = Command;

/** Gunicorn's own advice is two workers a core and one more, and there is one core. */
const GUNICORN_WORKERS = 3;

const onNode = { NODE_ENV: "production" };

const makers: Record<Exclude<ProgramName, "nginx-constant">, (port: number) => Promise<Program>> = {
  counter: shipped,
  "counter-cluster": async () => {
    const { command, env } = await shipped();
    const [node, ...args] = command;
    return { command: [node, ...args.toSpliced(-1, 0, join(await ensureNodePeers(), "cluster.js"))], env };
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

async function shipped(): Promise<Program> {
  await bundle(["counter"]);
  return asInItsImage("counter");
}

async function nodePeer(file: string): Promise<Program> {
  return { command: [process.execPath, join(await ensureNodePeers(), file)], env: onNode };
}
