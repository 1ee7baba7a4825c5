import { findApiError, retryAfterMs } from "./apiError.ts";
import { type Backoff, backoffMs, LONGEST_BACKOFF_MS } from "./backoff.ts";
import { sleep, type TimeAndChance, timeAndChance } from "./clock.ts";
import type { KubeClient, Selection } from "./kubeClient.ts";
import { errorMessage, type Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";
import type { KubeList, KubeObject, ResourceKind, WatchEvent } from "./objects.ts";
import { type Change, type ChangeType, type IndexBy, ObjectStore } from "./store.ts";

/** Called after the store has the change; `previous` is what it had before. */
export type ChangeListener<T extends KubeObject> = (object: T, type: ChangeType, previous?: T) => void;

export interface WatcherOptions<T extends KubeObject> extends Selection, Partial<TimeAndChance> {
  readonly client: KubeClient;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Cuts an object down to what is kept in memory. Default: all but `managedFields`. */
  readonly transform?: (object: T) => T;
  /** What `byIndex` finds objects by. Default: nothing. */
  readonly indexBy?: IndexBy<T>;
  /**
   * The kind may be one that the cluster does not know: then there is nothing to sync, and it is looked for again every
   * 5 minutes. Default: false, what is not found is asked for again as after any failure.
   */
  readonly optional?: boolean;
  /** Waits between attempts that fail. Default: from 0.5 s to 15 s. */
  readonly backoff?: Backoff;
}

/**
 * How long one watch request lasts; a stalled one is noticed 5 s later. On HTTP/1.1 only the end of a watch that does
 * not come tells that its connection died.
 */
const WATCH_SECONDS = 15;
/** A watch that ends sooner without a word counts as a failure, or a broken server would be asked in a tight loop. */
const SHORTEST_WATCH_MS = 1000;
/** How often all is listed afresh and looked at again, give or take a tenth. */
const RESYNC_MS = 600_000;
/** Objects in one page of a list. */
const PAGE_SIZE = 500;
/** How often an optional kind is looked for that the cluster does not know. */
const UNKNOWN_KIND_MS = 300_000;

/**
 * Keeps a copy of one kind's objects up to date, by a list and by watches from where it ended, whatever happens to
 * the connection, until its signal aborts.
 */
export class Watcher<T extends KubeObject> extends ObjectStore<T> {
  readonly #kind: ResourceKind<T>;
  readonly #options: Required<Omit<WatcherOptions<T>, "indexBy">>;
  readonly #listeners: ChangeListener<T>[] = [];
  readonly #synced = Promise.withResolvers<void>();
  /** Resolves when the store first holds everything. */
  readonly synced = this.#synced.promise;
  readonly #onKnown: (() => void)[] = [];
  #isKnown = true;
  /** When the next fresh list is due; 0 for at once. */
  #resyncAt = 0;
  /** Failed attempts since the last sign of life. */
  #failures = 0;

  constructor(kind: ResourceKind<T>, options: WatcherOptions<T>) {
    super(options.indexBy);
    this.#kind = kind;
    this.#options = {
      namespace: undefined,
      labelSelector: undefined,
      transform: withoutManagedFields,
      optional: false,
      backoff: { baseMs: 500, capMs: LONGEST_BACKOFF_MS },
      ...timeAndChance,
      ...options,
      log: options.log.child({ kind: kind.kind }),
    };
  }

  /**
   * Puts a write's answer into the store at once, so that the next reconcile reads its own writes, and returns it as
   * the store has it. The watch must select it.
   */
  override record(object: T): T {
    return super.record(this.#options.transform(object));
  }

  onChange(listener: ChangeListener<T>): void {
    this.#listeners.push(listener);
  }

  /** Whether the cluster knows the kind, as far as is known. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  /** The listener is told when the cluster begins or ceases to know the kind. */
  onKnown(listener: () => void): void {
    this.#onKnown.push(listener);
  }

  /** Resolves once the signal has aborted; never rejects. Call it once. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      try {
        if (clock.now() >= this.#resyncAt) await this.#listAll(signal);
        await this.#watch(signal);
      } catch (error) {
        if (!signal.aborted) await sleep(clock, this.#failed(error), signal);
      }
    }
  }

  async #listAll(signal: AbortSignal): Promise<void> {
    const { client, namespace, labelSelector, transform, metrics, clock, random } = this.#options;
    metrics.watcherLists.inc({ kind: this.#kind.kind });
    const items: T[] = [];
    const query = { namespace, labelSelector, limit: PAGE_SIZE, signal };
    let page: KubeList<T> | undefined;
    do {
      page = await client.list(this.#kind, { ...query, continue: page?.metadata.continue });
      // Page by page, so that what is cut away never piles up.
      items.push(...page.items.map(transform));
    } while (page.metadata.continue);
    this.#resyncAt = clock.now() + RESYNC_MS * (0.9 + 0.2 * random());
    this.#tell(this.replace(items, page.metadata.resourceVersion));
    this.#know(true);
    this.#synced.resolve();
  }

  /** Follows one watch until the server ends it. */
  async #watch(signal: AbortSignal): Promise<void> {
    const { client, namespace, labelSelector, metrics, clock } = this.#options;
    const startedAt = clock.now();
    let events = 0;
    metrics.watcherWatches.inc({ kind: this.#kind.kind });
    const where = { namespace, labelSelector, resourceVersion: this.position ?? "" };
    for await (const event of client.watch(this.#kind, { ...where, timeoutSeconds: WATCH_SECONDS, signal })) {
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
      this.advance(event.object);
      return;
    }
    const object = this.#options.transform(event.object);
    const change = event.type === "DELETED" ? this.delete(object) : this.update(object);
    this.#tell(change ? [change] : []);
  }

  #tell(changes: readonly Change<T>[]): void {
    for (const { object, type, previous } of changes) {
      for (const listener of this.#listeners) {
        try {
          listener(object, type, previous);
        } catch (error) {
          this.#options.log.error("a listener failed", { error });
        }
      }
    }
  }

  /** Notes a failure; returns how many milliseconds to wait before the next attempt. */
  #failed(error: unknown): number {
    const { backoff, random, metrics, log, optional } = this.#options;
    const statusCode = findApiError(error)?.statusCode;
    if (optional && statusCode === 404) return this.#unknown();
    this.#failures += 1;
    // The server has forgotten where the watch was: only a list can tell what was missed.
    if (statusCode === 410) this.#resyncAt = 0;
    const delayMs = Math.max(backoffMs(this.#failures, backoff, random), retryAfterMs(error));
    metrics.watcherFailures.inc({ kind: this.#kind.kind, reason: statusCode ?? "connection" });
    log.warn("watching was interrupted", { error: errorMessage(error), retryInMs: Math.round(delayMs) });
    return delayMs;
  }

  /** Notes that the cluster does not know the kind; returns how many milliseconds to wait until it is looked for again. */
  #unknown(): number {
    if (this.#isKnown) {
      this.#options.log.info("the cluster does not know this kind", { retryInMs: UNKNOWN_KIND_MS });
    }
    this.#failures = 0;
    this.#resyncAt = 0;
    this.#tell(this.clear());
    this.#know(false);
    this.#synced.resolve();
    return UNKNOWN_KIND_MS;
  }

  #know(isKnown: boolean): void {
    if (this.#isKnown === isKnown) return;
    this.#isKnown = isKnown;
    for (const listener of this.#onKnown) listener();
  }
}

/** An object without its `managedFields`, which are most of its size and say nothing to who compares it. */
export function withoutManagedFields<T extends KubeObject>(object: T): T {
  if (object.metadata?.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
