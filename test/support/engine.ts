import process from "node:process";
import { type Engine, findEngine } from "../../cluster/engine.ts";
import { type BaseImages, ensureBaseImages } from "../../cluster/images/base.ts";
import { terminalProgress } from "../../cluster/progress.ts";

/** The environment variables that say which engine and which base images were found before all integration tests. */
const [FOUND_ENGINE, FOUND_BASE_IMAGES] = ["FOUND_ENGINE", "FOUND_BASE_IMAGES"];

const progress = terminalProgress();
let engine: Promise<Engine> | undefined;
let images: Promise<BaseImages> | undefined;

/** The container engine, which is looked for once: by trying it, which takes a second or more. */
export async function theEngine(): Promise<Engine> {
  engine ??= told<Engine>(FOUND_ENGINE) ?? findEngine(progress);
  return await engine;
}

/** The names of the product's base images, which the engine has; asked for once, as it is asked for each of them. */
export async function theBaseImages(): Promise<BaseImages> {
  images ??= told<BaseImages>(FOUND_BASE_IMAGES) ?? ensureBaseImages(await theEngine(), progress);
  return await images;
}

/** Looks for both on behalf of the processes that this one starts from now on. */
export async function shareEngine(): Promise<void> {
  process.env[FOUND_ENGINE] = JSON.stringify(await theEngine());
  process.env[FOUND_BASE_IMAGES] = JSON.stringify(await theBaseImages());
}

const told = <T>(variable: string): Promise<T> | undefined => {
  const value = process.env[variable];
  return value === undefined ? undefined : Promise.resolve(JSON.parse(value) as T);
};
