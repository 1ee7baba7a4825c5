/** Series by their names, in promtool's words: `0+60x10` is 0, 60, and so on, a value a minute. */
type Series = Record<string, string>;

/** How an alert is tried. */
export interface AlertCase {
  /** Series of which it fires, and when (min). */
  fires: Series;
  at: number;
  /** Its labels besides the severity, and the value that its description tells. */
  labels: Record<string, string>;
  value?: string;
  /** Series of which it never fires, looked at after the same time. */
  quiet: Series;
}

const web = 'namespace="demo",app_kubernetes_io_instance="web",app_kubernetes_io_name="hitcounter"';
const ofWeb = { namespace: "demo", app_kubernetes_io_instance: "web" };
const operator = 'namespace="hitcounter-system",app_kubernetes_io_name="hitcounter-operator"';
const requests = (code: number, path = "/") =>
  `http_requests_total{${web},pod="a",path="${path}",code="${code}"}`;
/** As each of two operators tells it. */
const condition = (type: string, values: string): Series =>
  Object.fromEntries(
    ["a", "b"].map((pod) => [
      `hitcounter_condition{namespace="demo",name="web",pod="${pod}",type="${type}"}`,
      values,
    ]),
  );
/** One that is valid from one minute on until another, as each of two operators tells it. */
const certificate = (from: number, until: number): Series =>
  Object.fromEntries(
    ["a", "b"].flatMap((pod) =>
      Object.entries({ not_before: from, expiration: until }).map(([which, minute]) => [
        `hitcounter_certificate_${which}_timestamp_seconds{namespace="demo",name="web",pod="${pod}"}`,
        `${minute * 60}x200`,
      ]),
    ),
  );
/** How many of three copies have everything, as each of two operators tells it. */
const copies = (inSync: string): Series =>
  Object.fromEntries(
    ["a", "b"].flatMap((pod) => [
      [`hitcounter_redis_copies{namespace="demo",name="web",pod="${pod}"}`, "3x10"],
      [`hitcounter_redis_copies_in_sync{namespace="demo",name="web",pod="${pod}"}`, inSync],
    ]),
  );
const byStatus = { namespace: "demo", name: "web" };
const volume = 'namespace="demo",persistentvolumeclaim="data-web-redis-0"';

/** Every alert, firing and not. */
export const alertCases: Record<string, AlertCase> = {
  HitCounterErrorsFast: {
    fires: { [requests(200)]: "0+98x90", [requests(503, "/badge.svg")]: "0+2x90" },
    at: 70,
    labels: ofWeb,
    value: "2%",
    // Many, but they are over: an hour would tell of them, five minutes do not.
    quiet: { [requests(200)]: "0+50x90", [requests(503)]: "0+50x40 2000x50" },
  },
  HitCounterErrorsSlow: {
    fires: { [requests(200)]: "0+99x400", [requests(503, "/p/*")]: "0+1x400" },
    at: 390,
    labels: ofWeb,
    value: "1%",
    quiet: { [requests(200)]: "0+998x400", [requests(503)]: "0+2x400" },
  },
  HitCounterNotReady: {
    fires: condition("Ready", "0x10"),
    at: 6,
    labels: byStatus,
    quiet: condition("Ready", "0 0 0 0 1 0 0"),
  },
  HitCounterDegraded: {
    fires: condition("Degraded", "1x20"),
    at: 16,
    labels: byStatus,
    quiet: condition("Degraded", "1x10 0 1x5"),
  },
  HitCounterRolledBack: {
    fires: condition("RolledBack", "1x5"),
    at: 1,
    labels: byStatus,
    quiet: { ...condition("RolledBack", "0x5"), ...condition("Ready", "1x5") },
  },
  HitCounterBackupOverdue: {
    // As each of two operators tells it.
    fires: {
      'hitcounter_backup_overdue_timestamp_seconds{namespace="demo",name="web",pod="a"}': "600x100",
      'hitcounter_backup_overdue_timestamp_seconds{namespace="demo",name="web",pod="b"}': "600x100",
    },
    at: 80,
    labels: byStatus,
    value: "1h 10m 0s",
    // One that is made late is made.
    quiet: {
      'hitcounter_backup_overdue_timestamp_seconds{namespace="demo",name="web",pod="a"}': "600x50 7200x50",
    },
  },
  HitCounterRedisNotReplicated: {
    fires: copies("2x10"),
    at: 6,
    labels: byStatus,
    value: "2",
    quiet: copies("2 2 2 3 2 2 2"),
  },
  HitCounterCountWentBack: {
    fires: {
      [`hitcounter_count_gone_back{${web},pod="a"}`]: "0x5",
      [`hitcounter_count_gone_back{${web},pod="b"}`]: "1x5",
    },
    at: 1,
    labels: ofWeb,
    quiet: { [`hitcounter_count_gone_back{${web},pod="a"}`]: "0x5" },
  },
  HitCounterRedisAway: {
    fires: {
      [`hitcounter_redis_up{${web},pod="a"}`]: "1x5",
      [`hitcounter_redis_up{${web},pod="b"}`]: "0x5",
    },
    at: 3,
    labels: ofWeb,
    quiet: { [`hitcounter_redis_up{${web},pod="a"}`]: "0 1 0 1" },
  },
  HitCounterRedisMemory: {
    fires: { [`redis_memory_used_bytes{${web}}`]: "90x20", [`redis_memory_max_bytes{${web}}`]: "100x20" },
    at: 16,
    labels: ofWeb,
    value: "90%",
    // Without a limit there is nothing to be full.
    quiet: { [`redis_memory_used_bytes{${web}}`]: "90x20", [`redis_memory_max_bytes{${web}}`]: "0x20" },
  },
  HitCounterVolumeNearlyFull: {
    fires: {
      [`kubelet_volume_stats_used_bytes{${volume}}`]: "90x20",
      [`kubelet_volume_stats_capacity_bytes{${volume}}`]: "100x20",
    },
    at: 16,
    labels: { namespace: "demo", persistentvolumeclaim: "data-web-redis-0" },
    value: "90%",
    quiet: {
      [`kubelet_volume_stats_used_bytes{${volume}}`]: "80x20",
      [`kubelet_volume_stats_capacity_bytes{${volume}}`]: "100x20",
      'kubelet_volume_stats_used_bytes{namespace="demo",persistentvolumeclaim="another"}': "90x20",
      'kubelet_volume_stats_capacity_bytes{namespace="demo",persistentvolumeclaim="another"}': "100x20",
    },
  },
  HitCounterRequestsWait: {
    fires: { [`hitcounter_longest_wait_seconds{${web},pod="a"}`]: "3x5" },
    at: 3,
    labels: ofWeb,
    quiet: { [`hitcounter_longest_wait_seconds{${web},pod="a"}`]: "3 0 3 0" },
  },
  HitCounterSaturated: {
    fires: {
      [`process_cpu_seconds_total{${web},app_kubernetes_io_component="counter",pod="a"}`]: "0+57x30",
    },
    at: 20,
    labels: ofWeb,
    value: "95%",
    // One of two is, and the other has nothing to do.
    quiet: {
      [`process_cpu_seconds_total{${web},app_kubernetes_io_component="counter",pod="a"}`]: "0+57x30",
      [`process_cpu_seconds_total{${web},app_kubernetes_io_component="counter",pod="b"}`]: "0x30",
    },
  },
  HitCounterCrowded: {
    fires: { [`hitcounter_unavailable_total{${web},pod="a",reason="crowded"}`]: "0+60x10" },
    at: 10,
    labels: ofWeb,
    value: "300",
    quiet: { [`hitcounter_unavailable_total{${web},pod="a",reason="gone"}`]: "0+60x10" },
  },
  HitCounterCertificateExpires: {
    // Of two hours, and would have been renewed with 40 minutes left. The other one has more than a sixth of its life left,
    // though fewer than 14 days.
    fires: certificate(0, 120),
    at: 111,
    labels: byStatus,
    value: "9m 0s",
    quiet: certificate(-60, 160),
  },
  HitCounterVisitorsUncounted: {
    fires: { [`hitcounter_visitors_uncounted_total{${web},pod="a",reason="salt"}`]: "0+60x30" },
    at: 20,
    labels: ofWeb,
    // A counter was asked past the proxy; and a Secret came late.
    quiet: {
      [`hitcounter_visitors_uncounted_total{${web},pod="a",reason="address"}`]: "0+60x30",
      [`hitcounter_visitors_uncounted_total{${web},pod="b",reason="salt"}`]: "0 0 50 100 100x30",
    },
  },
  HitCounterMetricsMissing: {
    fires: { [`up{${web},pod="web-exporter-x"}`]: "0x15" },
    at: 11,
    labels: { ...ofWeb, app_kubernetes_io_name: "hitcounter", pod: "web-exporter-x" },
    quiet: { [`up{${web},pod="web-exporter-x"}`]: "0x5 1 0x5", 'up{job="another"}': "0x15" },
  },
  HitCounterExporterBlind: {
    fires: { [`redis_up{${web}}`]: "0x15", [`hitcounter_redis_up{${web},pod="a"}`]: "1x15" },
    at: 11,
    labels: ofWeb,
    // Redis itself is away.
    quiet: { [`redis_up{${web}}`]: "0x15", [`hitcounter_redis_up{${web},pod="a"}`]: "0x15" },
  },
  HitCounterNoLeader: {
    fires: {
      [`leader_election_master_status{${operator},name="hitcounter-operator",pod="a"}`]: "0x5",
      [`leader_election_master_status{${operator},name="hitcounter-operator",pod="b"}`]: "0x5",
    },
    at: 4,
    labels: { namespace: "hitcounter-system", name: "hitcounter-operator" },
    quiet: {
      [`leader_election_master_status{${operator},name="hitcounter-operator",pod="a"}`]: "0x5",
      [`leader_election_master_status{${operator},name="hitcounter-operator",pod="b"}`]: "1x5",
    },
  },
  HitCounterWatchStalled: {
    fires: { [`watcher_watches_total{${operator},pod="a",kind="Pod"}`]: "40x30" },
    at: 16,
    labels: {
      namespace: "hitcounter-system",
      app_kubernetes_io_name: "hitcounter-operator",
      pod: "a",
      kind: "Pod",
    },
    quiet: {
      [`watcher_watches_total{${operator},pod="a",kind="Pod"}`]: "0+4x30",
      // prometheus-operator was taken away.
      [`watcher_watches_total{${operator},pod="a",kind="ServiceMonitor"}`]: "40x30",
    },
  },
  HitCounterReconcileErrors: {
    fires: { [`controller_runtime_reconcile_errors_total{${operator},pod="a"}`]: "0+1x30" },
    at: 20,
    labels: { namespace: "hitcounter-system" },
    quiet: { [`controller_runtime_reconcile_errors_total{${operator},pod="a"}`]: "0 0 9x30" },
  },
};
