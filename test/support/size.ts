import process from "node:process";

/** How much a test does in `npm test`, which is run often, and in `npm run soak`, which has time. */
export interface Sizes {
  test: number;
  soak: number;
}

/** How much a test does: what the environment variable of this name says, else the size for the run there is. */
export function sizeOf(name: string, sizes: Sizes, env: NodeJS.ProcessEnv = process.env): number {
  const wanted = env[name];
  if (wanted === undefined) return env.SOAK === "true" ? sizes.soak : sizes.test;
  const size = Number(wanted);
  if (!Number.isFinite(size) || size <= 0)
    throw new Error(`${name} is ${wanted}: a number above 0 is expected`);
  return size;
}
