import {
  BigValueTextMode,
  LegendDisplayMode,
  VizLegendOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import {
  // biome-ignore lint/suspicious/noDeprecatedImports: every Grafana imports this form, that of its successor only the newest.
  DashboardBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatPanel } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TimePanel } from "@grafana/grafana-foundation-sdk/timeseries";

/** A query, and what its series are called. */
type Query = readonly [expression: string, legend: string];

/** Series of the HitCounter that is chosen, and of the operator. */
const web = 'namespace="$namespace",app_kubernetes_io_instance="$name",app_kubernetes_io_name="hitcounter"';
const byStatus = 'namespace="$namespace",name="$name"';
const operator = 'app_kubernetes_io_name="hitcounter-operator"';

const source = { type: "prometheus", uid: "$datasource" };
const HEIGHT = 7;
/** Of 24. */
const WIDTH = { number: 4, graph: 8 };

const queries = (all: readonly Query[]) =>
  all.map(([expression, legend], index) =>
    new DataqueryBuilder()
      .expr(expression)
      .legendFormat(legend)
      .refId(String.fromCharCode(65 + index)),
  );

const number = (title: string, unit: string, ...all: Query[]) =>
  new StatPanel()
    .title(title)
    .unit(unit)
    .datasource(source)
    .height(4)
    .span(WIDTH.number)
    .targets(queries(all));

const graph = (title: string, unit: string, ...all: Query[]) =>
  new TimePanel()
    .title(title)
    .unit(unit)
    .min(0)
    .legend(new VizLegendOptionsBuilder().displayMode(LegendDisplayMode.List).showLegend(true))
    .datasource(source)
    .height(HEIGHT)
    .span(WIDTH.graph)
    .targets(queries(all));

const quantile = (part: number, histogram: string): Query => [
  `histogram_quantile(${part}, sum by (le) (rate(${histogram}_bucket{${web}}[$__rate_interval])))`,
  `p${part * 100}`,
];

const rows: [title: string, panels: (StatPanel | TimePanel)[]][] = [
  [
    "Now",
    [
      number("Hits", "short", [`max(hitcounter_hits{${byStatus}})`, "hits"]),
      number("Ready", "bool_yes_no", [`max(hitcounter_condition{${byStatus},type="Ready"})`, "ready"]),
      number("Degraded", "bool_yes_no", [
        `max(hitcounter_condition{${byStatus},type="Degraded"})`,
        "degraded",
      ]),
      number("Version", "short", [`max by (version) (hitcounter_info{${byStatus}})`, "{{version}}"]).textMode(
        BigValueTextMode.Name,
      ),
      number("Requests", "reqps", [
        `sum(rate(http_requests_total{${web},path=~"/|/badge.svg|/p/.*"}[$__rate_interval]))`,
        "requests",
      ]),
      number("Failed, of the last hour", "percentunit", [
        'hitcounter:request_errors:ratio_rate1h{namespace="$namespace",app_kubernetes_io_instance="$name"}',
        "failed",
      ]),
    ],
  ],
  [
    "Visitors",
    [
      graph("Answers by path and status", "reqps", [
        `sum by (path, code) (rate(http_requests_total{${web}}[$__rate_interval]))`,
        "{{path}} {{code}}",
      ]),
      graph(
        "Time to the answer",
        "s",
        quantile(0.5, "http_request_duration_seconds"),
        quantile(0.99, "http_request_duration_seconds"),
      ),
      graph("Requests without a number", "reqps", [
        `sum by (reason) (rate(hitcounter_unavailable_total{${web}}[$__rate_interval]))`,
        "{{reason}}",
      ]),
    ],
  ],
  [
    "Counters",
    [
      graph("Cores", "short", [
        `rate(process_cpu_seconds_total{${web},app_kubernetes_io_component="counter"}[$__rate_interval])`,
        "{{pod}}",
      ]),
      graph("Memory", "bytes", [
        `process_resident_memory_bytes{${web},app_kubernetes_io_component="counter"}`,
        "{{pod}}",
      ]),
      graph("Requests that wait for Redis", "short", [`hitcounter_waiting_requests{${web}}`, "{{pod}}"]),
      graph(
        "How long a batch waits for Redis",
        "s",
        quantile(0.5, "hitcounter_wait_seconds"),
        quantile(0.99, "hitcounter_wait_seconds"),
      ),
      graph("Event loop lag", "s", [
        `nodejs_eventloop_lag_p99_seconds{${web},app_kubernetes_io_component="counter"}`,
        "{{pod}}",
      ]),
      graph("Counters by version", "short", [
        `count by (version) (hitcounter_counter_info{${web}})`,
        "{{version}}",
      ]),
    ],
  ],
  [
    "Redis",
    [
      graph(
        "Memory",
        "bytes",
        [`redis_memory_used_bytes{${web}}`, "used"],
        [`redis_memory_max_bytes{${web}}`, "may use"],
      ),
      graph("Commands", "ops", [
        `rate(redis_commands_processed_total{${web}}[$__rate_interval])`,
        "commands",
      ]),
      graph(
        "File",
        "bytes",
        [`redis_aof_current_size_bytes{${web}}`, "now"],
        [`redis_aof_base_size_bytes{${web}}`, "when it was last rewritten"],
      ),
      graph("Volume", "percentunit", [
        'kubelet_volume_stats_used_bytes{namespace="$namespace",persistentvolumeclaim="data-$name-redis-0"} / kubelet_volume_stats_capacity_bytes{namespace="$namespace",persistentvolumeclaim="data-$name-redis-0"}',
        "used",
      ]),
      graph(
        "Copies that have all",
        "short",
        [`max(hitcounter_redis_copies_in_sync{${byStatus}})`, "have all"],
        [`max(hitcounter_redis_copies{${byStatus}})`, "of so many"],
      ),
      graph(
        "Up",
        "short",
        [`redis_up{${web}}`, "by the exporter"],
        [`min(hitcounter_redis_up{${web}})`, "by the counters"],
      ),
    ],
  ],
  [
    "Proxies",
    [
      graph("Requests", "reqps", [`rate(nginx_http_requests_total{${web}}[$__rate_interval])`, "{{addr}}"]),
      graph("Connections", "short", [`nginx_connections_active{${web}}`, "{{addr}}"]),
      graph("Connections that were dropped", "cps", [
        `rate(nginx_connections_accepted{${web}}[$__rate_interval]) - rate(nginx_connections_handled{${web}}[$__rate_interval])`,
        "{{addr}}",
      ]),
    ],
  ],
  [
    "Operator",
    [
      graph("Reconciles", "ops", [
        `sum by (result) (rate(controller_runtime_reconcile_total{${operator}}[$__rate_interval]))`,
        "{{result}}",
      ]),
      graph(
        "Queue",
        "short",
        [`sum(workqueue_depth{${operator}})`, "waiting"],
        [`sum(controller_runtime_active_workers{${operator}})`, "under way"],
      ),
      graph("Requests to the API server", "reqps", [
        `sum by (code) (rate(rest_client_requests_total{${operator}}[$__rate_interval]))`,
        "{{code}}",
      ]),
      graph("Leader", "short", [`leader_election_master_status{${operator}}`, "{{pod}}"]),
    ],
  ],
];

/** The Grafana dashboard of one HitCounter and of the operator, as Grafana imports it. */
export function dashboard(): string {
  const builder = new DashboardBuilder("HitCounter")
    .uid("hitcounter")
    .tags(["hitcounter"])
    .time({ from: "now-3h", to: "now" })
    .refresh("30s")
    .withVariable(new DatasourceVariableBuilder("datasource").label("Data source").type("prometheus"))
    .withVariable(variable("namespace", "Namespace", "label_values(hitcounter_info, namespace)"))
    .withVariable(
      variable("name", "HitCounter", 'label_values(hitcounter_info{namespace="$namespace"}, name)'),
    );
  for (const [title, panels] of rows) {
    builder.withRow(new RowBuilder(title));
    for (const panel of panels) builder.withPanel(panel);
  }
  return `${JSON.stringify(builder.build(), null, 2)}\n`;
}

const variable = (name: string, label: string, query: string) =>
  new QueryVariableBuilder(name).label(label).datasource(source).query(query).refresh(2);
