import { findApiError, retryAfterMs } from "./apiError.ts";
import { type Backoff, backoffMs, LONGEST_BACKOFF_MS } from "./backoff.ts";
import { type Clock, sleep, systemClock } from "./clock.ts";
import type { Key } from "./key.ts";
import type { KubeClient } from "./kubeClient.ts";
import { errorMessage, type Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";
import type { KubeList, KubeObject, ResourceKind, WatchEvent } from "./objects.ts";
import { type Change, type ChangeType, type IndexBy, ObjectStore, type Store } from "./store.ts";

/** Called after the store has the change; `previous` is what it had before. */
export type ChangeListener<T extends KubeObject> = (object: T, type: ChangeType, previous?: T) => void;

export interface WatcherOptions<T extends KubeObject> {
  readonly client: KubeClient;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Default: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  /** Cuts an object down to what is kept in memory. Default: all but `managedFields`. */
  readonly transform?: (object: T) => T;
  /** What `byIndex` finds objects by. Default: nothing. */
  readonly indexBy?: IndexBy<T>;
  /**
   * The kind may be one that the cluster does not know: then there is nothing to sync, and it is looked for again every
   * 5 minutes. Default: false, what is not found is asked for again as after any failure.
   */
  readonly optional?: boolean;
  /** How long one watch request lasts, in seconds; a stalled one is noticed 5 s later. Default: 15. */
  readonly timeoutSeconds?: number;
  /** How often all is listed afresh and looked at again, in milliseconds, give or take a tenth. Default: 10 minutes. */
  readonly resyncMs?: number;
  /** Objects in one page of a list. Default: 500. */
  readonly pageSize?: number;
  /** Waits between attempts that fail. Default: from 0.5 s to 15 s. */
  readonly backoff?: Backoff;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** A watch that ends sooner without a word counts as a failure, or a broken server would be asked in a tight loop. */
const SHORTEST_WATCH_MS = 1000;
/** How often an optional kind is looked for that the cluster does not know. */
const UNKNOWN_KIND_MS = 300_000;

/**
 * Keeps a copy of one kind's objects up to date, by a list and by watches from where it ended, whatever happens to
 * the connection, until its signal aborts.
 */
export class Watcher<T extends KubeObject> implements Store<T> {
  readonly kind: ResourceKind<T>;
  /** Resolves when the store first holds everything. */
  readonly synced: Promise<void>;
  readonly #options: Required<WatcherOptions<T>>;
  readonly #store: ObjectStore<T>;
  readonly #listeners: ChangeListener<T>[] = [];
  readonly #markSynced: () => void;
  #hasSynced = false;
  /** The cluster does not know the kind, as far as is known. */
  #isUnknown = false;
  /** When the next fresh list is due; 0 for at once. */
  #resyncAt = 0;
  /** Failed attempts since the last sign of life. */
  #failures = 0;

  constructor(kind: ResourceKind<T>, options: WatcherOptions<T>) {
    this.kind = kind;
    this.#options = {
      namespace: undefined,
      labelSelector: undefined,
      transform: withoutManagedFields,
      indexBy: () => undefined,
      optional: false,
      // On HTTP/1.1 only the end of a watch that does not come tells that its connection died.
      timeoutSeconds: 15,
      resyncMs: 600_000,
      pageSize: 500,
      backoff: { baseMs: 500, capMs: LONGEST_BACKOFF_MS },
      clock: systemClock,
      random: Math.random,
      ...options,
      log: options.log.child({ kind: kind.kind }),
    };
    this.#store = new ObjectStore(this.#options.indexBy);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.synced = promise;
    this.#markSynced = resolve;
  }

  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  get(key: Key): T | undefined {
    return this.#store.get(key);
  }

  list(): T[] {
    return this.#store.list();
  }

  byIndex(value: string): T[] {
    return this.#store.byIndex(value);
  }

  /**
   * Puts a write's answer into the store at once, so that the next reconcile reads its own writes, and returns it as
   * the store has it. The watch must select it.
   */
  record(object: T): T {
    return this.#store.record(this.#options.transform(object));
  }

  onChange(listener: ChangeListener<T>): void {
    this.#listeners.push(listener);
  }

  /** Resolves once the signal has aborted; never rejects. Call it once. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      try {
        if (clock.now() >= this.#resyncAt) {
          await this.#listAll(signal);
        }
        await this.#watch(signal);
      } catch (error) {
        if (!signal.aborted) {
          await sleep(clock, this.#failed(error), signal);
        }
      }
    }
  }

  async #listAll(signal: AbortSignal): Promise<void> {
    const { client, namespace, labelSelector, pageSize, transform, metrics, clock, random } = this.#options;
    metrics.watcherLists.inc({ kind: this.kind.kind });
    const items: T[] = [];
    let page: KubeList<T> | undefined;
    do {
      const from = page?.metadata.continue;
      page = await client.list(this.kind, {
        namespace,
        labelSelector,
        limit: pageSize,
        continue: from,
        signal,
      });
      // Page by page, so that what is cut away never piles up.
      items.push(...page.items.map(transform));
    } while (page.metadata.continue);
    this.#resyncAt = clock.now() + this.#options.resyncMs * (0.9 + 0.2 * random());
    this.#isUnknown = false;
    this.#hold(this.#store.replace(items, page.metadata.resourceVersion));
  }

  /** Tells of what a look at everything has changed. */
  #hold(changes: readonly Change<T>[]): void {
    for (const change of changes) {
      this.#tell(change);
    }
    this.#hasSynced = true;
    this.#markSynced();
  }

  /** Follows one watch until the server ends it. */
  async #watch(signal: AbortSignal): Promise<void> {
    const { client, namespace, labelSelector, timeoutSeconds, metrics, clock } = this.#options;
    const resourceVersion = this.#store.position ?? "";
    const startedAt = clock.now();
    let events = 0;
    metrics.watcherWatches.inc({ kind: this.kind.kind });
    const watch = { namespace, labelSelector, resourceVersion, timeoutSeconds, signal };
    for await (const event of client.watch(this.kind, watch)) {
      events += 1;
      this.#failures = 0;
      this.#take(event);
    }
    if (events === 0 && clock.now() - startedAt < SHORTEST_WATCH_MS) {
      throw new Error("The watch ended as soon as it began");
    }
    this.#failures = 0;
  }

  #take(event: WatchEvent<T>): void {
    if (event.type === "BOOKMARK") {
      this.#store.advance(event.object);
      return;
    }
    const object = this.#options.transform(event.object);
    this.#tell(event.type === "DELETED" ? this.#store.delete(object) : this.#store.update(object));
  }

  #tell(change: Change<T> | undefined): void {
    if (change === undefined) {
      return;
    }
    for (const listener of this.#listeners) {
      try {
        listener(change.object, change.type, change.previous);
      } catch (error) {
        this.#options.log.error("a listener failed", { error });
      }
    }
  }

  /** Notes a failure; returns how many milliseconds to wait before the next attempt. */
  #failed(error: unknown): number {
    const { backoff, random, metrics, log, optional } = this.#options;
    const answer = findApiError(error);
    if (optional && answer?.statusCode === 404) {
      return this.#unknown();
    }
    this.#failures += 1;
    if (answer?.statusCode === 410) {
      // The server has forgotten where the watch was: only a list can tell what was missed.
      this.#resyncAt = 0;
    }
    const delayMs = Math.max(backoffMs(this.#failures, backoff, random), retryAfterMs(error));
    metrics.watcherFailures.inc({ kind: this.kind.kind, reason: answer?.statusCode ?? "connection" });
    log.warn("watching was interrupted", { error: errorMessage(error), retryInMs: Math.round(delayMs) });
    return delayMs;
  }

  /** Notes that the cluster does not know the kind; returns how many milliseconds to wait until it is looked for again. */
  #unknown(): number {
    if (!this.#isUnknown) {
      this.#options.log.info("the cluster does not know this kind", { retryInMs: UNKNOWN_KIND_MS });
    }
    this.#isUnknown = true;
    this.#failures = 0;
    this.#resyncAt = 0;
    this.#hold(this.#store.clear());
    return UNKNOWN_KIND_MS;
  }
}

function withoutManagedFields<T extends KubeObject>(object: T): T {
  if (object.metadata?.managedFields === undefined) {
    return object;
  }
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
