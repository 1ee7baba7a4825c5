import { createHash } from "node:crypto";
import { microTime, type TimeAndChance, timeAndChance } from "./clock.ts";
import { type EventObject, type EventWriter, events } from "./eventWriter.ts";
import type { KubeObject } from "./objects.ts";

/** Something a person would want to know, as `kubectl describe` shows it. */
export interface EventNote {
  readonly type: "Normal" | "Warning";
  /** One word in CamelCase, for programs. */
  readonly reason: string;
  /** What was done, or failed: one word in CamelCase. */
  readonly action: string;
  /** A sentence of at most 1024 characters; what is longer is cut. */
  readonly note: string;
}

/** Takes notes about objects. It never throws and never holds anyone up. */
export type EventRecorder = ReturnType<typeof createEventRecorder>;

export interface EventRecorderOptions extends Partial<TimeAndChance> {
  readonly writer: Pick<EventWriter, "write">;
  /** The controller's name, such as `hitcounter-operator`. */
  readonly controller: string;
  /** The name of this process among the controller's. */
  readonly instance: string;
}

/** The same note within this time counts up the event there is. */
const SERIES_MS = 600_000;
/** How often a series is written at most: what comes in between is only counted. */
const SERIES_WRITE_MS = 60_000;
/** How many notes are remembered. */
const MAX_REMEMBERED = 1_000;

interface Remembered {
  event: EventObject;
  count: number;
  lastSeenMs: number;
  lastWrittenMs: number;
}

/** Makes Events of notes: the same note again and again is one event with a count. */
export function createEventRecorder(options: EventRecorderOptions) {
  const { writer, controller, instance, clock, now } = { ...timeAndChance, ...options };
  const remembered = new Map<string, Remembered>();

  const remember = (key: string, entry: Remembered) => {
    remembered.delete(key); // so that the order of the map is that of the last sight
    remembered.set(key, entry);
    const [oldest] = remembered.keys();
    if (remembered.size > MAX_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
  };

  return {
    record: (regarding: KubeObject, { type, reason, action, note }: EventNote): void => {
      const at = clock.now();
      const key = JSON.stringify([regarding.metadata?.uid, type, reason, action, note]);
      const before = remembered.get(key);
      if (before === undefined || at - before.lastSeenMs > SERIES_MS) {
        const event: EventObject = {
          apiVersion: events.apiVersion,
          kind: events.kind,
          metadata: eventMetadata(regarding, `${key}${instance}${now().toISOString()}`),
          eventTime: microTime(now()),
          reportingController: controller,
          reportingInstance: instance.slice(0, 128),
          regarding: referenceTo(regarding),
          type,
          reason,
          action,
          note: note.slice(0, 1024),
        };
        remember(key, { event, count: 1, lastSeenMs: at, lastWrittenMs: at });
        writer.write(event);
        return;
      }
      const count = before.count + 1;
      const due = at - before.lastWrittenMs >= SERIES_WRITE_MS;
      remember(key, { ...before, count, lastSeenMs: at, lastWrittenMs: due ? at : before.lastWrittenMs });
      if (due) writer.write({ ...before.event, series: { count, lastObservedTime: microTime(now()) } });
    },
  };
}

function eventMetadata({ metadata }: KubeObject, unique: string) {
  const suffix = createHash("sha256").update(unique).digest("hex").slice(0, 16);
  return { name: `${metadata?.name}.${suffix}`, namespace: metadata?.namespace ?? "default" };
}

function referenceTo({ apiVersion, kind, metadata }: KubeObject) {
  const { name, namespace, uid, resourceVersion } = metadata ?? {};
  return { apiVersion, kind, name, namespace, uid, resourceVersion };
}
