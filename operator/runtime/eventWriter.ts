import { findApiError, isApiError, retryAfterMs } from "./apiError.ts";
import { backoffMs, LONGEST_BACKOFF_MS } from "./backoff.ts";
import { sleep, type TimeAndChance, timeAndChance } from "./clock.ts";
import { FencedError } from "./fence.ts";
import type { KubeClient } from "./kubeClient.ts";
import { errorMessage, type Logger } from "./logger.ts";
import type { KubeObject, ResourceKind } from "./objects.ts";

/** An Event of events.k8s.io/v1, as far as the API server need not check it. */
export interface EventObject extends KubeObject {
  readonly reason: string;
  readonly eventTime: string;
  /** There once the event was seen more than once. */
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
  readonly [field: string]: unknown;
}

/** Its kind. */
export const events: ResourceKind<EventObject> = {
  apiVersion: "events.k8s.io/v1",
  kind: "Event",
  plural: "events",
  namespaced: true,
};

/** Takes events to the API server. It never throws and never holds anyone up: what can't be written is logged. */
export type EventWriter = ReturnType<typeof createEventWriter>;

export interface EventWriterOptions extends Partial<TimeAndChance> {
  readonly client: Pick<KubeClient, "apply" | "create">;
  readonly log: Logger;
  /** The controller's name, such as `hitcounter-operator`. */
  readonly fieldManager: string;
}

/** Between two events, so that a storm of them leaves the API server to the work they tell of: ten a second at most. */
const PAUSE_MS = 100;
/** How many may wait, each of some 2 kB at most; what comes then is dropped. */
const MAX_WAITING = 2_000;
/** An event that fails so often, which takes a minute and a half or more, is given up. */
const MAX_TRIES = 10;
const BACKOFF = { baseMs: 1_000, capMs: LONGEST_BACKOFF_MS };

/** Writes events in the order they came, one at a time. */
export function createEventWriter(options: EventWriterOptions) {
  const { client, log, fieldManager, clock, random } = { ...timeAndChance, ...options };
  const line: EventObject[] = [];
  const stopping = new AbortController();
  let deadline = Number.POSITIVE_INFINITY;
  let emptying: Promise<void> | undefined;

  async function send(event: EventObject): Promise<void> {
    if (event.series !== undefined) {
      await client.apply(events, event, { fieldManager });
      return;
    }
    await client.create(events, event).catch((error: unknown) => {
      // Nobody else has its name, so an earlier try arrived whose answer did not.
      if (!isApiError(error, 409)) throw error;
    });
  }

  async function deliver(event: EventObject): Promise<void> {
    for (let failures = 1; ; failures += 1) {
      try {
        await send(event);
        return;
      } catch (error) {
        if (failures === MAX_TRIES || stopping.signal.aborted || !mayPass(error)) {
          log.warn("an event was not written", { reason: event.reason, error: errorMessage(error) });
          return;
        }
        const wait = Math.max(backoffMs(failures, BACKOFF, random), retryAfterMs(error));
        await sleep(clock, wait, stopping.signal);
      }
    }
  }

  async function emptyLine(): Promise<void> {
    while (clock.now() < deadline) {
      const event = line.shift();
      if (event === undefined) break;
      await deliver(event);
      await sleep(clock, PAUSE_MS, stopping.signal);
    }
    emptying = undefined;
  }

  return {
    /** Puts an event at the end of the line: to be created or, when it is a series by now, brought up to date. */
    write: (event: EventObject): void => {
      if (line.length >= MAX_WAITING) {
        log.warn("an event is dropped, as too many wait", { reason: event.reason });
        return;
      }
      line.push(event);
      emptying ??= emptyLine();
    },
    /** Resolves when all that waits is written, without pauses or further tries, or in `graceMs` and one request more. */
    stop: async (graceMs: number): Promise<void> => {
      deadline = clock.now() + graceMs;
      stopping.abort();
      await emptying;
      if (line.length > 0)
        log.warn("events are dropped, as the time to stop is over", { count: line.length });
    },
  };
}

/** Whether the same request may be answered otherwise later. */
function mayPass(error: unknown): boolean {
  if (error instanceof FencedError) return false;
  const statusCode = findApiError(error)?.statusCode;
  return statusCode === undefined || statusCode === 429 || statusCode >= 500;
}
