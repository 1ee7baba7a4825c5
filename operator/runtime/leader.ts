import { isApiError } from "./apiError.ts";
import { type Clock, inTime, sleep, systemClock } from "./clock.ts";
import type { Fence } from "./fence.ts";
import type { Key } from "./key.ts";
import type { KubeClient } from "./kubeClient.ts";
import { claimed, type Lease, leases, released } from "./lease.ts";
import { errorMessage, type Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";

export interface LeaderOptions {
  /** Best one of its own, so that no other request holds up a renewal. */
  readonly client: Pick<KubeClient, "get" | "create" | "replace">;
  readonly lease: Key;
  /** No other process may have the same one, nor the next one after a restart. */
  readonly identity: string;
  /** Open while this process may write. */
  readonly fence: Fence;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly timing?: Partial<LeaseTiming>;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly now?: () => Date;
}

/** In milliseconds; the defaults are client-go's. */
export interface LeaseTiming {
  /** Others take the Lease when they have seen it unchanged for so long. Default: 15 s. */
  readonly leaseMs: number;
  /** The holder gives up, and its fence closes, so long after it sent the last renewal that succeeded. Default: 10 s. */
  readonly renewMs: number;
  /** How often the holder renews and others look, up to a fifth later. Default: 2 s. */
  readonly retryMs: number;
}

const leaseType = { apiVersion: leases.apiVersion, kind: leases.kind };
const defaultTiming: LeaseTiming = { leaseMs: 15_000, renewMs: 10_000, retryMs: 2_000 };

/**
 * One of several processes that leads, by a Lease, as client-go elects it. Clocks are never compared: a Lease has
 * expired when this process has seen it unchanged for as long as it lasts. Who led once and lost never leads again.
 */
export class LeaderElector {
  readonly #options: Omit<Required<LeaderOptions>, "timing">;
  readonly #timing: LeaseTiming;
  readonly #elected = Promise.withResolvers<void>();
  readonly #stop = new AbortController();
  readonly #lost = new AbortController();
  /** The Lease as it was last seen, and since when it is known to be so. */
  #seen: { readonly lease: Lease; readonly since: number } | undefined;
  /** The Lease may have changed since it was seen. */
  #stale = true;
  #deadline: number | undefined;
  #running: Promise<void> | undefined;

  constructor({ timing, ...options }: LeaderOptions) {
    this.#options = { clock: systemClock, random: Math.random, now: () => new Date(), ...options };
    this.#timing = { ...defaultTiming, ...timing };
    this.#options.metrics.leaderStatus.set({ name: options.lease.name }, 0);
  }

  /** Resolves when this process leads, if ever. */
  get elected(): Promise<void> {
    return this.#elected.promise;
  }

  /** Aborts when the Lease is lost: the process should end. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Begins to try for the Lease, and to renew it once it is held. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends the trying, or gives the Lease back once no write is under way; stop what writes before. */
  async stop(): Promise<void> {
    const { client, clock, fence, log, now } = this.#options;
    this.#stop.abort();
    await this.#running;
    const leads = fence.isOpen && !this.#isAnothers;
    fence.close();
    const mine = this.#seen?.lease;
    if (!leads || mine === undefined) {
      return;
    }
    this.#options.metrics.leaderStatus.set({ name: this.#options.lease.name }, 0);
    await fence.settle();
    await inTime(clock, this.#timing.renewMs / 2, (signal) =>
      client.replace(leases, released(mine, now()), { signal }),
    ).then(
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
    if (this.#deadline === undefined || signal.aborted) {
      return;
    }
    log.info("leading", { lease: lease.name, identity });
    metrics.leaderStatus.set({ name: lease.name }, 1);
    this.#elected.resolve();
    while (!signal.aborted) {
      await sleep(clock, Math.min(this.#waitMs(), this.#remainingMs), signal);
      if (!signal.aborted && this.#remainingMs > 0) {
        await this.#try();
      }
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
    const limit = this.#timing.renewMs / 2;
    try {
      return await inTime(clock, Math.min(limit, this.#remainingMs), (signal) => this.#claim(signal));
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
    if (this.#stale || this.#deadline === undefined) {
      this.#see(await client.get(leases, key, { signal }));
    }
    if (this.#isAnothers) {
      return false;
    }
    const lease = this.#seen?.lease ?? { ...leaseType, metadata: { ...key } };
    const mine = claimed(lease, identity, this.#timing.leaseMs / 1000, now());
    // What the API server gets later than this may be after someone else has begun.
    const deadline = clock.now() + this.#timing.renewMs;
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
    if (lease === undefined) {
      this.#seen = undefined;
    } else if (this.#seen?.lease.metadata?.resourceVersion !== lease.metadata?.resourceVersion) {
      this.#seen = { lease, since: this.#options.clock.now() };
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
    const ms = this.#timing.retryMs * (1 + this.#options.random() / 5);
    return this.#isAnothers ? Math.min(ms, this.#expiresInMs) : ms;
  }
}
