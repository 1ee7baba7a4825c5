import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** The runtime's metrics, under the names and labels that dashboards for controller-runtime expect. */
export type Metrics = ReturnType<typeof createMetrics>;

/** What a queue tells when metrics are read. */
export interface QueueState {
  readonly depth: number;
  /** How long each key under way has been so, in milliseconds. */
  readonly runningMs: readonly number[];
}

// controller-runtime's own buckets, so that panels and alerts made for it fit.
const RECONCILE_BUCKETS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5,
  1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];
const QUEUE_BUCKETS = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100, 1000];

/** Makes all of the runtime's metrics on a registry; once for each registry. */
export function createMetrics(registry: Registry) {
  const registers = [registry];
  const queues = new Map<string, () => QueueState>();

  const queueGauge = (name: string, help: string, value: (state: QueueState) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ["name", "controller"],
      registers,
      collect() {
        for (const [queue, state] of queues) this.set({ name: queue, controller: queue }, value(state()));
      },
    });
  queueGauge("workqueue_depth", "Keys that wait in the queue", ({ depth }) => depth);
  queueGauge(
    "workqueue_unfinished_work_seconds",
    "Seconds of work under way, over all keys",
    ({ runningMs }) => runningMs.reduce((sum, ms) => sum + ms / 1000, 0),
  );
  queueGauge(
    "workqueue_longest_running_processor_seconds",
    "Age of the oldest work under way",
    ({ runningMs }) => Math.max(0, ...runningMs) / 1000,
  );

  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Gauge({ name, help, labelNames, registers });
  const histogram = <L extends string>(name: string, help: string, labelNames: L[], buckets: number[]) =>
    new Histogram({ name, help, labelNames, buckets, registers });
  const queueTime = (name: string, help: string) =>
    histogram(name, help, ["name", "controller"], QUEUE_BUCKETS);

  return {
    /** Reads a queue's state whenever metrics are read. */
    observeQueue: (name: string, state: () => QueueState): void => {
      queues.set(name, state);
    },
    queueAdds: counter("workqueue_adds_total", "Keys put into the queue", ["name", "controller"]),
    queueRetries: counter("workqueue_retries_total", "Keys put back after a failure", ["name", "controller"]),
    queueSeconds: queueTime(
      "workqueue_queue_duration_seconds",
      "How long a key waited before work on it began",
    ),
    workSeconds: queueTime("workqueue_work_duration_seconds", "How long work on a key took"),
    reconciles: counter("controller_runtime_reconcile_total", "Reconciles by result", [
      "controller",
      "result",
    ]),
    reconcileErrors: counter("controller_runtime_reconcile_errors_total", "Reconciles that failed", [
      "controller",
    ]),
    reconcileSeconds: histogram(
      "controller_runtime_reconcile_time_seconds",
      "How long a reconcile took",
      ["controller"],
      RECONCILE_BUCKETS,
    ),
    activeWorkers: gauge("controller_runtime_active_workers", "Reconciles under way", ["controller"]),
    maxConcurrentReconciles: gauge(
      "controller_runtime_max_concurrent_reconciles",
      "Reconciles that may be under way at once",
      ["controller"],
    ),
    leaderStatus: gauge("leader_election_master_status", "Whether this process leads: 1, or 0", ["name"]),
    requests: counter("rest_client_requests_total", "Requests to the API server, by status or <error>", [
      "code",
      "method",
      "host",
    ]),
    watcherLists: counter("watcher_lists_total", "Fresh lists of a kind", ["kind"]),
    watcherWatches: counter("watcher_watches_total", "Watches of a kind that were opened", ["kind"]),
    watcherFailures: counter("watcher_failures_total", "Lists and watches that failed", ["kind", "reason"]),
  };
}
