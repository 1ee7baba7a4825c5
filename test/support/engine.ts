import process from "node:process";
import { type Engine, findEngine } from "../../cluster/engine.ts";
import { terminalProgress } from "../../cluster/progress.ts";

/** The environment variable that says which engine was found before all integration tests. */
const FOUND_ENGINE = "FOUND_ENGINE";

let found: Promise<Engine> | undefined;

/** The container engine, which is looked for once: by trying it, which takes a second or more. */
export async function theEngine(): Promise<Engine> {
  const told = process.env[FOUND_ENGINE];
  found ??= told ? Promise.resolve(JSON.parse(told) as Engine) : findEngine(terminalProgress());
  return await found;
}

/** Looks for it on behalf of the processes that this one starts from now on. */
export async function shareEngine(): Promise<void> {
  process.env[FOUND_ENGINE] = JSON.stringify(await theEngine());
}
