import type { HitCounter } from "../api/hitCounter.ts";
import { findApiError } from "../runtime/apiError.ts";
import { type Key, keyString } from "../runtime/key.ts";
import { TerminalError } from "../runtime/outcome.ts";

/** What the API server refused of one HitCounter, by child: for which generation and child that was, and why. */
type Refused = Map<string, { of: string; error: TerminalError }>;

/**
 * Requests that the API server refused as invalid. Sending one again would bring the same answer, so it is not sent
 * again until the spec or the child has changed. Forgotten at a restart, after which each is sent once more.
 */
export class Refusals {
  readonly #byHitCounter = new Map<string, Refused>();

  /** Sends a request about a child, which has this uid if it is there, unless the same one was refused before. */
  async ask<T>(
    { metadata }: HitCounter,
    child: string,
    uid: string | undefined,
    send: () => Promise<T>,
  ): Promise<T> {
    const key = keyString(metadata);
    const of = `${metadata.uid} ${metadata.generation} ${uid}`;
    const refused = this.#byHitCounter.get(key);
    const before = refused?.get(child);
    if (before?.of === of) throw before.error;
    refused?.delete(child);
    try {
      return await send();
    } catch (error) {
      const terminal = terminalOf(error);
      if (terminal === undefined) throw error;
      this.#byHitCounter.set(key, (refused ?? new Map()).set(child, { of, error: terminal }));
      throw terminal;
    }
  }

  /** Forgets a HitCounter that is gone. */
  forget(hitCounter: Key): void {
    this.#byHitCounter.delete(keyString(hitCounter));
  }
}

/** The error as one that trying again can't mend: what was sent is invalid, and only another spec can change that. */
function terminalOf(error: unknown): TerminalError | undefined {
  if (error instanceof TerminalError) return error;
  const answer = findApiError(error);
  if (answer?.statusCode !== 422 && answer?.statusCode !== 400) return undefined;
  // A node port that another Service has is refused as invalid too, but that Service may go.
  if (answer.causes.some(({ message }) => message?.includes("already allocated"))) return undefined;
  return error instanceof Error ? new TerminalError(error.message, { cause: error.cause }) : undefined;
}
