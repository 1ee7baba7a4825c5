import type { HitCounter } from "../api/hitCounter.ts";
import type { CounterSettings } from "./counterSettings.ts";
import type { Component } from "./names.ts";
import type { IpFamily } from "./nginxConf.ts";
import type { Passwords } from "./passwords.ts";
import type { ProxyTls } from "./proxyTls.ts";
import type { Salts } from "./visitorsSecret.ts";

/**
 * Images of pods whose HitCounter names none; the operator's settings. That of the counter is without a tag, as
 * spec.version is the tag; that of the proxy is an nginx that runs as a user other than root. What backs Redis up is of
 * Redis's image.
 */
export type DefaultImages = Readonly<Record<Exclude<Component, "backup">, string>>;

/** How far three copies have come, where there may have been one before. */
export interface Replication {
  /** Counters are told of three. Those that run know one while no copy leads in a term, which is all that new ones could find. */
  readonly countersKnow: boolean;
  /** All three had everything at one time, and no counter is left that knows one alone. */
  readonly isComplete: boolean;
}

/** Everything that decides how the children of a HitCounter should be. */
export interface Inputs {
  hitCounter: HitCounter;
  defaultImages: DefaultImages;
  /** What counter pods should run: what is wanted, or what last was healthy after that has failed. */
  settings: CounterSettings;
  /** What last was healthy, which is kept beside what is wanted. */
  healthySettings: CounterSettings | undefined;
  /** Passwords of Redis: those there are, or new ones. */
  passwords: Passwords;
  /** Salts of visitors: today's and tomorrow's; undefined where counters are not to count visitors. */
  salts: Salts | undefined;
  /** How many replicas the counter Deployment has; undefined while there is none. */
  counterReplicas: number | undefined;
  /** Cluster IP of the counter's Service, which the API server chooses. */
  counterAddress: string;
  /** IP families of the cluster's Services and pods, as that Service has them. */
  ipFamilies: readonly IpFamily[];
  /** Addresses of the proxy pods there are, in order. */
  proxyAddresses: readonly string[];
  /** Namespace of the operator's pods; undefined where it runs outside the cluster. */
  operatorNamespace: string | undefined;
  /** How the proxies speak TLS; undefined where they do not, as it is not wanted or there is no certificate yet. */
  tls: ProxyTls | undefined;
  /** How far the three copies of Redis have come; it says nothing where there is one. */
  replication: Replication;
  /** Whether the cluster knows ServiceMonitors. */
  knowsServiceMonitors: boolean;
}
