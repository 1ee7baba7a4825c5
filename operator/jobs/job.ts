import type { z } from "zod";
import type { Clock, KubeClient, Logger } from "../runtime/index.ts";

/** What a job gets from its surroundings; tests pass their own. */
export interface Surroundings {
  /** Connects when it is first asked for: a job that asks the API server nothing needs no credentials. */
  readonly client: () => KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Something that the operator's program does once, in place of being the operator, and then ends. */
export interface Job<Options extends z.ZodObject = z.ZodObject> {
  /** What it does, in a sentence for people. */
  readonly does: string;
  /** Its options, by their names on the command line. */
  readonly options: Options;
  /** Does it, and returns what has come about; throws, in words for a person, where it has not. */
  run(options: z.output<Options>, surroundings: Surroundings): Promise<string>;
}

/** Lets the types of a job's options reach its `run`. */
export const job = <Options extends z.ZodObject>(of: Job<Options>): Job<Options> => of;
