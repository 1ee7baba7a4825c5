import { counterPort } from "../../counter/contract.ts";
import type { HitCounterSpec } from "../api/hitCounter.ts";
import { EXPORTER_PORTS } from "./exporters.ts";
import type { Component } from "./names.ts";
import { PROXY_PORT, PROXY_STATUS_PORT } from "./nginxConf.ts";
import { PROXY_TLS_PORT } from "./nginxTls.ts";
import { REDIS_PORT } from "./services.ts";

// Who reaches whom: from these rows come the NetworkPolicies of each HitCounter and of the operator, the tables in
// docs/reference/network.md, and what the test of all pairs expects.

/** Port of the operator's own metrics and health. */
const OPERATOR_PORT = 8081;

/** What has pods with a policy: what no row names reaches none of them, and they reach nothing that no row names. */
export type Guarded = Component | "operator";

/** One end of a connection. `metrics` is any pod of a namespace with the label for it. */
export type End = Guarded | "metrics" | "anybody" | "dns" | "apiServer";

/** Connections that are let through, from pods of a HitCounter to those of the same one; the operator's, of any. */
export interface Reach {
  readonly from: End;
  readonly to: End;
  readonly ports: readonly number[];
  /** Default: TCP alone. */
  readonly protocols?: readonly ("TCP" | "UDP")[];
  /** Default: always. */
  readonly where?: Where;
  readonly why: string;
}

/** What of a HitCounter's spec a row depends on. */
interface Where {
  readonly says: string;
  readonly holds: (spec: HitCounterSpec, servesTls: boolean) => boolean;
}

const monitored: Where = {
  says: "`spec.monitoring.enabled`",
  holds: ({ monitoring }) => monitoring.enabled,
};

/** Proxies may still serve it for a while after spec has it no more. */
const encrypted: Where = { says: "`spec.proxy.tls`", holds: (_, servesTls) => servesTls };

const backedUp: Where = { says: "`spec.backup`", holds: ({ backup }) => backup !== undefined };

/** Looks names up. Pods of DNS have other labels in each distribution, so the port alone says it. */
const toDns = (from: Guarded, why: string, where?: Where): Reach => ({
  from,
  to: "dns",
  ports: [53],
  protocols: ["UDP", "TCP"],
  ...(where && { where }),
  why,
});

/** Every connection that is let through. */
export const REACHES: readonly Reach[] = [
  {
    from: "anybody",
    to: "proxy",
    ports: [PROXY_PORT],
    why: "Visitors. Load balancers and nodes put addresses of their own in place of theirs, so all are let in",
  },
  { from: "anybody", to: "proxy", ports: [PROXY_TLS_PORT], where: encrypted, why: "Visitors, by HTTPS" },
  { from: "proxy", to: "counter", ports: [counterPort], why: "Passes visitors on" },
  { from: "counter", to: "redis", ports: [REDIS_PORT], why: "Counts" },
  { from: "redis", to: "redis", ports: [REDIS_PORT], why: "Its copies follow each other" },
  { from: "operator", to: "proxy", ports: [PROXY_PORT], why: "Asks for the count, as a visitor would" },
  { from: "operator", to: "proxy", ports: [PROXY_TLS_PORT], where: encrypted, why: "The same, by HTTPS" },
  { from: "operator", to: "redis", ports: [REDIS_PORT], why: "Tells it whom to let in" },
  {
    from: "exporter",
    to: "redis",
    ports: [REDIS_PORT],
    where: monitored,
    why: "Asks it for metrics",
  },
  { from: "backup", to: "redis", ports: [REDIS_PORT], where: backedUp, why: "Copies its data" },
  {
    from: "exporter-nginx",
    to: "proxy",
    ports: [PROXY_STATUS_PORT],
    where: monitored,
    why: "Asks it for metrics. Of all others, only the kubelet gets there",
  },
  { from: "metrics", to: "counter", ports: [counterPort], why: "Prometheus" },
  {
    from: "metrics",
    to: "exporter",
    ports: [EXPORTER_PORTS.exporter],
    where: monitored,
    why: "Prometheus",
  },
  {
    from: "metrics",
    to: "exporter-nginx",
    ports: [EXPORTER_PORTS["exporter-nginx"]],
    where: monitored,
    why: "Prometheus",
  },
  { from: "metrics", to: "operator", ports: [OPERATOR_PORT], why: "Prometheus" },
  toDns("counter", "Looks up its Redis"),
  toDns("exporter", "Looks up its Redis", monitored),
  toDns("backup", "Looks up its Redis", backedUp),
  toDns("operator", "Looks up proxies and Redis"),
  {
    from: "operator",
    to: "apiServer",
    // It has no pod that a label could name, so the port alone says it: that behind its Service, where policies look, of
    // most clusters, of managed ones, of Minikube and of MicroK8s.
    ports: [6443, 443, 8443, 16_443],
    why: "Watches and writes",
  },
];

/** The rows that hold for a HitCounter of this spec, whose proxies serve HTTPS or not. */
export const reachesOf = (spec: HitCounterSpec, servesTls = false): readonly Reach[] =>
  REACHES.filter(({ where }) => where === undefined || where.holds(spec, servesTls));
