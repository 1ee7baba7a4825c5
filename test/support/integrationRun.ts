import process from "node:process";
import { type ApiServer, SHARED_API_SERVER, startApiServer } from "./apiServer.ts";
import { shareEngine, theEngine } from "./engine.ts";

let api: ApiServer | undefined;

/** Before all integration tests: what their processes share is told by the environment. */
export async function begin(): Promise<void> {
  await shareEngine();
  Object.assign(process.env, (await theEngine()).env); // the first that the programs try then works
  api = await startApiServer();
  const { kubeconfig, auditLog } = api;
  process.env[SHARED_API_SERVER] = JSON.stringify({ kubeconfig, auditLog });
}

/** After them. */
export async function end(): Promise<void> {
  await api?.stop();
}
