import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import type { ProgramName } from "./bundle.ts";

const root = join(import.meta.dirname, "..");

/** How a program is run. */
export interface Command {
  command: [program: string, ...args: string[]];
  env: Record<string, string>;
}

/** How the image of a program runs it, with this Node.js; `file` stands for the bundle in the image. */
export function asInItsImage(name: ProgramName, file = `dist/${name}.js`): Command {
  const dockerfile = readFileSync(join(root, `Dockerfile.${name}`), "utf8");
  const words = entrypointIn(dockerfile).slice(1);
  const args = words.map((word) => (word === `/app/${name}.js` ? join(root, file) : word));
  return { command: [process.execPath, ...args], env: environmentIn(dockerfile) };
}

/** The words of a Dockerfile's ENTRYPOINT. */
export function entrypointIn(dockerfile: string): string[] {
  const words = /^ENTRYPOINT (\[.*\])$/m.exec(dockerfile)?.[1];
  if (words === undefined) throw new Error("The Dockerfile has no ENTRYPOINT in JSON");
  return JSON.parse(words) as string[];
}

/** What a Dockerfile's ENV lines set, with each build argument's default. */
export function environmentIn(dockerfile: string): Record<string, string> {
  const pairsOf = (instruction: string) =>
    [...dockerfile.matchAll(new RegExp(`^${instruction} (.*)$`, "gm"))].flatMap(([, line = ""]) =>
      [...line.matchAll(/(\w+)=(\S*)/g)].map(([, key = "", value = ""]) => [key, value] as const),
    );
  const defaults = new Map(pairsOf("ARG"));
  return Object.fromEntries(
    pairsOf("ENV").map(([key, value]) => [
      key,
      value.replace(/\$\{(\w+)\}/g, (_all, arg: string) => defaults.get(arg) ?? ""),
    ]),
  );
}
