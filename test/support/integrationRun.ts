import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { type ApiServer, SHARED_API_SERVER, startApiServer } from "./apiServer.ts";
import { shareEngine, theEngine } from "./engine.ts";

let api: ApiServer | undefined;
let compiled: string | undefined;

/** Before all integration tests: what their processes share is told by the environment. */
export async function begin(): Promise<void> {
  await shareEngine();
  Object.assign(process.env, (await theEngine()).env); // the first that the programs try then works
  // Programs are started hundreds of times: to compile one takes a quarter of the CPU of its start.
  compiled = await mkdtemp(join(tmpdir(), "hitcounter-compiled-"));
  process.env.NODE_COMPILE_CACHE = compiled;
  api = await startApiServer();
  const { kubeconfig, auditLog } = api;
  process.env[SHARED_API_SERVER] = JSON.stringify({ kubeconfig, auditLog });
}

/** After them. */
export async function end(): Promise<void> {
  await api?.stop();
  if (compiled) await rm(compiled, { recursive: true, force: true });
}
