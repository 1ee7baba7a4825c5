import type { ScriptCall } from "./batch.ts";
import { type LookAnswer, lookScript } from "./look.ts";

/** The way to Redis. What goes by it is sent at once or not at all, and never twice. */
export interface RedisLink {
  /** Whether a command would be sent now. */
  isReady(): boolean;
  /** Calls back each time it has become ready. */
  onReady(callback: () => void): void;
  /**
   * Runs a script. Rejects with Unsent or Refused when it changed nothing; after any other error it may or may not
   * have.
   */
  evaluate(call: ScriptCall): Promise<LookAnswer>;
  /** Ends it for good. */
  close(): void;
}

/** The command never left: there is no connection. */
export class Unsent extends Error {}

/** Redis answered with an error instead of executing the command. */
export class Refused extends Error {}

/** Redis has answered, and it is not known whether what it answered outlives it: nobody may be told. */
export class Unconfirmed extends Error {}

/** What Redis replied to a call, which is by then of the shape that it should have. */
export function answerTo({ script }: ScriptCall, reply: unknown): LookAnswer {
  if (!Array.isArray(reply) || !reply.every(script === lookScript ? isNumberOrText : Number.isSafeInteger)) {
    throw new Error("Redis answered with something else than numbers");
  }
  return reply as LookAnswer;
}

const isNumberOrText = (each: unknown) => typeof each === "string" || Number.isSafeInteger(each);

const MAX_BACKOFF = 250; // ms: a returning Redis is found within this time

/** Milliseconds before the next attempt, after so many failures in a row: doubling, capped, with jitter. */
export const backoff = (failures: number, random: () => number): number =>
  Math.round(Math.min(MAX_BACKOFF, 25 * 2 ** Math.min(failures, 10)) * (0.5 + random() / 2));
