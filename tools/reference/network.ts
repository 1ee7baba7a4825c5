import { hitCounterSpec } from "../../operator/api/spec.ts";
import { PROXY_PORT } from "../../operator/desired/nginxConf.ts";
import { type End, type Guarded, REACHES, type Reach, reachesOf } from "../../operator/desired/reach.ts";
import { code, page, table } from "./page.ts";

/** Whose connections are tried. */
export interface Source {
  readonly title: string;
  /** What the rows call it; of neighbours, in its namespace, and outsiders, in another, they say nothing. */
  readonly end: Guarded | "metrics" | "neighbour" | "outsider";
  /** Whether it is of another HitCounter than the targets. */
  readonly another?: true;
}

/** Where to. `elsewhere` is a pod that no policy is about. */
export interface Target {
  readonly title: string;
  readonly end: Guarded | "dns" | "apiServer" | "elsewhere";
  readonly port: number;
}

const titles: Record<End, string> = {
  anybody: "anybody",
  metrics: `namespaces with ${code('hitcounter.dev/metrics: "true"')}`,
  proxy: "its proxies",
  counter: "its counters",
  redis: "its Redis",
  exporter: "its exporter of Redis",
  "exporter-nginx": "its exporter of nginx",
  backup: "its backups",
  operator: "the operator",
  dns: "DNS",
  apiServer: "the API server",
};

const guardedPods: Readonly<Record<Guarded, true>> = {
  proxy: true,
  counter: true,
  redis: true,
  exporter: true,
  "exporter-nginx": true,
  backup: true,
  operator: true,
};

/** What the HitCounters are told, beside their version, between which the pairs are tried. */
export const TRIED_SPEC = { monitoring: { enabled: true }, backup: { schedule: "@yearly" } };
const rows = reachesOf(hitCounterSpec.parse({ version: "1.0.0", ...TRIED_SPEC }));

const guarded = [...new Set(rows.flatMap(({ from, to }) => [from, to]))].filter(isGuarded);
const components = guarded.filter((end) => end !== "operator");

/** Everybody whose connections are tried, in the order of the table's lines. */
export const SOURCES: readonly Source[] = [
  { title: "a stranger in its namespace", end: "neighbour" },
  { title: "a stranger in another namespace", end: "outsider" },
  { title: `a pod of ${titles.metrics}`, end: "metrics" },
  ...guarded.map((end): Source => ({ title: titles[end], end })),
  ...components.map(
    (end): Source => ({ title: titles[end].replace("its", "another HitCounter's"), end, another: true }),
  ),
];

/** Everything that they try to reach, in the order of the table's columns. */
export const TARGETS: readonly Target[] = [
  ...distinctTargets(),
  { title: "any other pod", end: "elsewhere", port: 7777 },
];

function distinctTargets(): Target[] {
  const all = rows.flatMap(({ to, ports: [port = 0] }) =>
    to === "anybody" || to === "metrics" ? [] : [{ title: `${titles[to]}, ${port}`, end: to, port }],
  );
  return [...new Map(all.map((target) => [target.title, target])).values()];
}

/** Of which a HitCounter has one pod, that could only reach itself. */
const ALONE: readonly Target["end"][] = ["redis", "exporter", "exporter-nginx"];

/**
 * The pair that can't be tried: kube-router, which enforces policies in the cluster of the tests, goes through both sides
 * of a policy for either direction, so what lets anybody in to a proxy lets another proxy out to it.
 */
export const isUntried = ({ end, another }: Source, target: Target): boolean =>
  end === "proxy" && !another && target.end === "proxy" && target.port === PROXY_PORT;

/** Whether a new connection is made, by the rows; undefined where there is no pod but the one that would make it. */
export function isLetThrough({ end, another }: Source, target: Target): boolean | undefined {
  if (end === target.end && !another && ALONE.includes(target.end)) return undefined;
  const isStranger = !isGuarded(end);
  if (isStranger && !isGuarded(target.end)) return true;
  return rows.some(({ from, to, ports }) => {
    if (to !== target.end || !ports.includes(target.port)) return false;
    if (isStranger && from === "anybody") return true;
    return from === end && !(another && isGuarded(to));
  });
}

function isGuarded(end: End | Source["end"] | Target["end"]): end is Guarded {
  return end in guardedPods;
}

/** The table of all pairs, by what is known of each. */
export const pairs = (connects: (source: Source, target: Target) => boolean | undefined): string =>
  table(
    ["From \\ to", ...TARGETS.map(({ title }) => title)],
    SOURCES.map((source) => [source.title, ...TARGETS.map((target) => inWords(connects(source, target)))]),
  );

const inWords = (connects: boolean | undefined) =>
  connects === undefined ? "itself" : connects ? "yes" : "–";

/** docs/reference/network.md: who reaches whom. */
export const networkPage = () =>
  page(
    "Network",
    "`operator/desired/reach.ts`",
    "Who reaches whom where the cluster's network enforces NetworkPolicies. What no line names is refused. How to let\n" +
      "Prometheus in, and how to turn it all off, stands in [network-policies.md](../how-to/network-policies.md).",
    "## What is let through",
    "By the policies of a HitCounter, `NAME-COMPONENT` in its namespace, and by that of the operator.",
    table(
      ["From", "To", "Ports", "Where", "Why"],
      REACHES.map((reach) => [
        titles[reach.from],
        titles[reach.to],
        portsOf(reach),
        reach.where?.says ?? "",
        reach.why,
      ]),
    ),
    "## All pairs",
    `What comes of it for a HitCounter with ${code("spec.monitoring.enabled")} and ${code("spec.backup")}. [A\ntest](../../test/e2e/hitcounters/walls.test.ts) ` +
      "tries each pair with a new connection, from the network of such a pod on a real cluster, and what it sees is this\n" +
      "table, but for one pair: from a proxy to another of the same HitCounter, which the enforcer there can't refuse. A\n" +
      "pod's own node reaches it always, as the kubelet has to probe it.",
    pairs(isLetThrough),
  );

const portsOf = ({ ports, protocols = ["TCP"] }: Reach) => `${protocols.join(" and ")} ${ports.join(", ")}`;
