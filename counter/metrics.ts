import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Unavailable } from "./unavailable.ts";

/** What the counter tells Prometheus. */
export interface Metrics {
  registry: Registry;
  /** Notes one answer: its path (of the known ones, else "other"), status code and seconds. */
  answered(path: string, code: number, seconds: number): void;
  /** Notes one acknowledged hit. */
  hit(): void;
  /** Notes how long the first of those that went to Redis together waited for it, in seconds. */
  waited(seconds: number): void;
  /** Notes hits whose visitors are not counted, for want of today's salt or of an address. */
  uncounted(reason: "salt" | "address", hits: number): void;
  /** Notes that three copies of Redis were asked which one is primary. */
  looked(result: "found" | "none"): void;
  /** Notes a batch of which it is not known whether it was counted. */
  unsure(): void;
  /** Notes one request that got no number. */
  unavailable(reason: Unavailable["reason"]): void;
}

/** What the gauges read when Prometheus asks. */
export interface MetricsOptions {
  version: string;
  waiting: () => number;
  longestWait: () => number;
  redisReady: () => boolean;
  goneBack: () => boolean;
  /** Node.js's own process metrics too. Default true; they hold a process-wide observer. */
  processMetrics?: boolean;
}

/** Makes the counter's metrics in a registry of their own. */
export function createMetrics({
  version,
  waiting,
  longestWait,
  redisReady,
  goneBack,
  processMetrics = true,
}: MetricsOptions): Metrics {
  const registry = new Registry();
  const registers = [registry];
  if (processMetrics) {
    collectDefaultMetrics({ register: registry });
  }
  const labelNames = ["path", "code"] as const;
  const requests = new Counter({
    name: "http_requests_total",
    help: "Requests answered.",
    labelNames,
    registers,
  });
  const durations = new Histogram({
    name: "http_request_duration_seconds",
    help: "Time from a request's headers to its answer.",
    labelNames,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20],
    registers,
  });
  const hits = new Counter({
    name: "hitcounter_hits_total",
    help: "Hits that this process has acknowledged.",
    registers,
  });
  const failures = new Counter({
    name: "hitcounter_unavailable_total",
    help: "Requests that got no number: too many waited (crowded), Redis stayed away (patience), the count in Redis had gone back (lost), the client went away first (gone).",
    labelNames: ["reason"] as const,
    registers,
  });
  const uncounted = new Counter({
    name: "hitcounter_visitors_uncounted_total",
    help: "Hits whose visitors are not counted though that is wanted: there was no salt of the day (salt), or the proxy told no address (address).",
    labelNames: ["reason"] as const,
    registers,
  });
  for (const reason of ["salt", "address"] as const) uncounted.inc({ reason }, 0);
  new Gauge({
    name: "hitcounter_waiting_requests",
    help: "Requests that wait for Redis.",
    registers,
    collect() {
      this.set(waiting());
    },
  });
  new Gauge({
    name: "hitcounter_longest_wait_seconds",
    help: "How long the request has waited that waits longest for Redis now.",
    registers,
    collect() {
      this.set(longestWait());
    },
  });
  const waits = new Histogram({
    name: "hitcounter_wait_seconds",
    help: "How long the first of the requests that went to Redis together had waited when its answer came.",
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20],
    registers,
  });
  new Gauge({
    name: "hitcounter_redis_up",
    help: "1 when connected to Redis; of three copies, to the primary.",
    registers,
    collect() {
      this.set(redisReady() ? 1 : 0);
    },
  });
  const finds = new Counter({
    name: "hitcounter_redis_finds_total",
    help: "How often three copies of Redis were asked which one is primary, by what came of it: found, or none.",
    labelNames: ["result"] as const,
    registers,
  });
  for (const result of ["found", "none"] as const) finds.inc({ result }, 0);
  const unsure = new Counter({
    name: "hitcounter_unsure_batches_total",
    help: "How often Redis's answer to a batch was lost, or not confirmed by a second of three copies; the same batch is sent again then.",
    registers,
  });
  new Gauge({
    name: "hitcounter_count_gone_back",
    help: "1 while Redis holds a lower count than this process has seen: data was lost, and nothing is counted.",
    registers,
    collect() {
      this.set(goneBack() ? 1 : 0);
    },
  });
  new Gauge({
    name: "hitcounter_counter_info",
    help: "The version that runs; always 1.",
    labelNames: ["version"],
    registers,
  }).set({ version }, 1);

  // Looking up a child by its labels builds a string each time; there are few pairs, so each is kept.
  const children = new Map<number, Map<string, { count(): void; time(seconds: number): void }>>();
  const child = (path: string, code: number) => {
    const ofCode = children.get(code) ?? new Map();
    children.set(code, ofCode);
    const known = ofCode.get(path);
    if (known !== undefined) {
      return known;
    }
    const [counter, histogram] = [requests.labels(path, `${code}`), durations.labels(path, `${code}`)];
    const made = { count: () => counter.inc(), time: (seconds: number) => histogram.observe(seconds) };
    ofCode.set(path, made);
    return made;
  };

  return {
    registry,
    answered(path, code, seconds) {
      const { count, time } = child(path, code);
      count();
      time(seconds);
    },
    hit: () => hits.inc(),
    waited: (seconds) => waits.observe(seconds),
    uncounted: (reason, hits) => uncounted.inc({ reason }, hits),
    looked: (result) => finds.inc({ result }),
    unsure: () => unsure.inc(),
    unavailable: (reason) => failures.inc({ reason }),
  };
}
