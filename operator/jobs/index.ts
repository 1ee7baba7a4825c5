import { parseArgs } from "node:util";
import type { z } from "zod";
import { applyCrd } from "./applyCrd.ts";
import { countHits } from "./countHits.ts";
import { deleteHitCounter } from "./deleteHitCounter.ts";
import type { Job, Surroundings } from "./job.ts";
import { waitForHitCounter } from "./waitForHitCounter.ts";

/** What the operator's program does once and then ends, by the word that asks for it. */
export const jobs = {
  "apply-crd": applyCrd,
  wait: waitForHitCounter,
  delete: deleteHitCounter,
  count: countHits,
} satisfies Record<string, unknown>;

/** A word that asks for a job. */
export type JobName = keyof typeof jobs;

export const isJobName = (word: string): word is JobName => Object.hasOwn(jobs, word);

/** Does a job, and returns what has come about; throws, in words for a person, where it has not. */
export async function runJob(name: JobName, args: string[], surroundings: Surroundings): Promise<string> {
  const job = jobs[name] as unknown as Job;
  return await job.run(optionsOf(name, job, args), surroundings);
}

/** A line for each job, with its options. */
export const jobsUsage = () =>
  Object.entries(jobs)
    .map(([name, { does, options }]) => {
      const words = Object.keys(options.shape).map((option) => ` [--${option} …]`);
      return `  operator ${name}${words.join("")}\n      ${does}.`;
    })
    .join("\n");

function optionsOf(name: JobName, { options }: Job, args: string[]): z.output<z.ZodObject> {
  const known = Object.fromEntries(
    Object.keys(options.shape).map((option) => [option, { type: "string" as const }]),
  );
  const { values } = parseArgs({ args, options: known });
  const { data, error } = options.safeParse(values);
  if (data) return data;
  const complaints = error.issues.map(({ path, message }) => {
    const given = values[String(path[0])];
    const what = given === undefined ? "is missing" : `is ${JSON.stringify(given)}`;
    return `operator ${name}: --${String(path[0])} ${what}: ${message}`;
  });
  throw new Error(complaints.join("\n"));
}
