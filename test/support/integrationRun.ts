import process from "node:process";
import { findEngine } from "../../cluster/engine.ts";
import { terminalProgress } from "../../cluster/progress.ts";
import { type ApiServer, SHARED_API_SERVER, startApiServer } from "./apiServer.ts";

let api: ApiServer | undefined;

/** Before all integration tests: what their processes share is told by the environment. */
export async function begin(): Promise<void> {
  const { env } = await findEngine(terminalProgress());
  Object.assign(process.env, env); // the first that others try then works
  api = await startApiServer();
  const { kubeconfig, auditLog } = api;
  process.env[SHARED_API_SERVER] = JSON.stringify({ kubeconfig, auditLog });
}

/** After them. */
export async function end(): Promise<void> {
  await api?.stop();
}
