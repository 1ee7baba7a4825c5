import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { bundle } from "../../tools/bundle.ts";
import { asInItsImage } from "../../tools/dockerfile.ts";
import { ensureControllerRuntime } from "./controllerRuntime.ts";
import { makeTemplates } from "./templates.ts";

/** A program that makes the children of HitCounters. */
export interface Contender {
  readonly name: ContenderName;
  /** What the API server's audit log calls it. */
  readonly userAgent: string;
  /** Its program and arguments, before those that name the cluster. */
  readonly command: readonly [program: string, ...args: string[]];
  readonly env: Readonly<Record<string, string>>;
  /** What it prints, in a line of JSON with this `msg`, when it is ready to work. */
  readonly readyMessage: string;
  /** Whether it stays to watch, and writes a status. */
  readonly isOperator: boolean;
}

/** The contenders, in the order in which tables have them. */
export const contenderNames = ["product", "controller-runtime", "raw-writer"] as const;
export type ContenderName = (typeof contenderNames)[number];

/** Where bundles are too. */
const built = join(import.meta.dirname, "../../dist");

/** Builds these contenders. `productFlags` are further flags of Node.js for the product. */
export async function makeContenders(
  names: readonly ContenderName[],
  productFlags: readonly string[] = [],
): Promise<Contender[]> {
  await mkdir(built, { recursive: true });
  const templates = join(built, "benchTemplates.json");
  await writeFile(templates, JSON.stringify(makeTemplates()));
  const made: Record<ContenderName, () => Promise<Contender>> = {
    product: async () => {
      await bundle(["operator"]);
      const { command, env } = asInItsImage("operator");
      return {
        name: "product",
        userAgent: "hitcounter-operator",
        command: [command[0], ...productFlags, ...command.slice(1)],
        env: { ...env, HTTP_PORT: "0" },
        readyMessage: "caches are in sync; reconciling",
        isOperator: true,
      };
    },
    "controller-runtime": async () => ({
      name: "controller-runtime",
      userAgent: "bench-controller-runtime",
      command: [await ensureControllerRuntime(), "--templates", templates],
      env: {},
      readyMessage: "caches are in sync; reconciling",
      isOperator: true,
    }),
    "raw-writer": async () => ({
      name: "raw-writer",
      userAgent: "bench-raw-writer",
      command: [process.execPath, join(import.meta.dirname, "rawWriter.ts"), "--templates", templates],
      env: {},
      readyMessage: "reconciling",
      isOperator: false,
    }),
  };
  const contenders: Contender[] = [];
  for (const name of names) contenders.push(await made[name]());
  return contenders;
}
