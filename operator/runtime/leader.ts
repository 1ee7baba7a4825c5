import { isApiError } from "./apiError.ts";
import { inTime, sleep, type TimeAndChance, timeAndChance } from "./clock.ts";
import type { Fence } from "./fence.ts";
import type { Key } from "./key.ts";
import type { KubeClient } from "./kubeClient.ts";
import { claimed, type Lease, leases, released } from "./lease.ts";
import { errorMessage, type Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";

export interface LeaderOptions extends Partial<TimeAndChance> {
  /** Best one of its own, so that no other request holds up a renewal. */
  readonly client: Pick<KubeClient, "get" | "create" | "replace">;
  readonly lease: Key;
  /** No other process may have the same one, nor the next one after a restart. */
  readonly identity: string;
  /** Open while this process may write. */
  readonly fence: Fence;
  readonly log: Logger;
  readonly metrics: Metrics;
}

// The timing is client-go's.
/** Others take the Lease when they have seen it unchanged for so long. */
const LEASE_MS = 15_000;
/** The holder gives up, and its fence closes, so long after it sent the last renewal that succeeded. */
const RENEW_MS = 10_000;
/** One request for the Lease may take so long. */
const REQUEST_MS = RENEW_MS / 2;
/** How often the holder renews and others look, up to a fifth later. */
const RETRY_MS = 2_000;

/**
 * One of several processes that leads, by a Lease, as client-go elects it. Clocks are never compared: a Lease has
 * expired when this process has seen it unchanged for as long as it lasts. Who led once and lost never leads again.
 */
export class LeaderElector {
  readonly #options: LeaderOptions & TimeAndChance;
  readonly #elected = Promise.withResolvers<void>();
  /** Resolves when this process leads, if ever. */
  readonly elected = this.#elected.promise;
  readonly #lost = new AbortController();
  /** Aborts when the Lease is lost: the process should end. */
  readonly lost = this.#lost.signal;
  readonly #stop = new AbortController();
  /** The Lease as it was last seen, and since when it is known to be so. */
  #seen: { readonly lease: Lease; readonly since: number } | undefined;
  /** The Lease may have changed since it was seen. */
  #stale = true;
  #deadline: number | undefined;
  #running: Promise<void> | undefined;

  constructor(options: LeaderOptions) {
    this.#options = { ...timeAndChance, ...options };
    options.metrics.leaderStatus.set({ name: options.lease.name }, 0);
  }

  /** Begins to try for the Lease, and to renew it once it is held. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends the trying, or gives the Lease back once no write is under way; stop what writes before. */
  async stop(): Promise<void> {
    const { client, clock, fence, lease, log, metrics, now } = this.#options;
    this.#stop.abort();
    await this.#running;
    const leads = fence.isOpen && !this.#isAnothers;
    fence.close();
    const mine = this.#seen?.lease;
    if (!leads || mine === undefined) return;
    metrics.leaderStatus.set({ name: lease.name }, 0);
    await fence.settle();
    const giveBack = (signal: AbortSignal) => client.replace(leases, released(mine, now()), { signal });
    await inTime(clock, REQUEST_MS, giveBack).then(
      () => log.info("gave the Lease back"),
      (error: unknown) => log.warn("the Lease is left to run out", { error: errorMessage(error) }),
    );
  }

  async #run(): Promise<void> {
    const { clock, log, metrics, lease, identity } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted && !(await this.#try())) {
      await sleep(clock, this.#waitMs(), signal);
    }
    if (this.#deadline === undefined || signal.aborted) return;
    log.info("leading", { lease: lease.name, identity });
    metrics.leaderStatus.set({ name: lease.name }, 1);
    this.#elected.resolve();
    while (!signal.aborted) {
      await sleep(clock, Math.min(this.#waitMs(), this.#remainingMs), signal);
      if (!signal.aborted && this.#remainingMs > 0) await this.#try();
      if (!signal.aborted && (this.#remainingMs <= 0 || this.#isAnothers)) {
        this.#lose();
        return;
      }
    }
  }

  #lose(): void {
    const { fence, log, metrics, lease } = this.#options;
    fence.close();
    metrics.leaderStatus.set({ name: lease.name }, 0);
    log.error("lost the Lease", { holder: this.#seen?.lease.spec?.holderIdentity });
    this.#lost.abort(new Error("the Lease is lost"));
  }

  /** One try to have the Lease, or to keep it; returns whether it succeeded. */
  async #try(): Promise<boolean> {
    const { clock, log } = this.#options;
    const limitMs = Math.min(REQUEST_MS, this.#remainingMs);
    try {
      return await inTime(clock, limitMs, (signal) => this.#claim(signal));
    } catch (error) {
      this.#stale = true;
      if (isApiError(error, 409)) {
        log.debug("another was faster with the Lease");
      } else {
        log.warn("could not get at the Lease; trying again", { error: errorMessage(error) });
      }
      return false;
    }
  }

  async #claim(signal: AbortSignal): Promise<boolean> {
    const { client, clock, fence, identity, lease: key, now } = this.#options;
    if (this.#stale || this.#deadline === undefined) this.#see(await client.get(leases, key, { signal }));
    if (this.#isAnothers) return false;
    const { apiVersion, kind } = leases;
    const lease = this.#seen?.lease ?? { apiVersion, kind, metadata: key };
    const mine = claimed(lease, identity, LEASE_MS / 1000, now());
    // What the API server gets later than this may be after someone else has begun.
    const deadline = clock.now() + RENEW_MS;
    const options = this.#deadline === undefined ? { signal } : { signal, beforeSend: fence.check };
    const written = await (this.#seen === undefined
      ? client.create(leases, mine, options)
      : client.replace(leases, mine, options));
    this.#see(written);
    this.#deadline = deadline;
    fence.openUntil(deadline);
    return true;
  }

  #see(lease: Lease | undefined): void {
    this.#stale = false;
    if (this.#seen?.lease.metadata?.resourceVersion !== lease?.metadata?.resourceVersion) {
      this.#seen = lease && { lease, since: this.#options.clock.now() };
    }
  }

  /** Whether somebody else holds the Lease, for all this process has seen. */
  get #isAnothers(): boolean {
    const holder = this.#seen?.lease.spec?.holderIdentity ?? "";
    return holder !== "" && holder !== this.#options.identity && this.#expiresInMs > 0;
  }

  get #expiresInMs(): number {
    const { lease, since } = this.#seen ?? {};
    return (since ?? 0) + (lease?.spec?.leaseDurationSeconds ?? 0) * 1000 - this.#options.clock.now();
  }

  /** How long this process may still take itself for the leader; endless as long as it never was. */
  get #remainingMs(): number {
    return (this.#deadline ?? Number.POSITIVE_INFINITY) - this.#options.clock.now();
  }

  /** Until the next try: not all at the same time, but at once when another's Lease runs out. */
  #waitMs(): number {
    const ms = RETRY_MS * (1 + this.#options.random() / 5);
    return this.#isAnothers ? Math.min(ms, this.#expiresInMs) : ms;
  }
}
