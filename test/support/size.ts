import process from "node:process";
import { noteSize } from "./findings.ts";

/** How much a test does in `npm test`, which is run often, and in `npm run soak`, which has time. */
export interface Sizes {
  test: number;
  soak: number;
}

/** How much a test does, and a note of it for the run's summary: what the environment variable of this name says, else the size for the run there is. */
export function sizeOf(name: string, sizes: Sizes, env: NodeJS.ProcessEnv = process.env): number {
  const wanted = env[name];
  const size = wanted === undefined ? sizes[env.SOAK === "true" ? "soak" : "test"] : Number(wanted);
  if (!Number.isFinite(size) || size <= 0)
    throw new Error(`${name} is ${wanted}: a number above 0 is expected`);
  noteSize(name, size, env);
  return size;
}
