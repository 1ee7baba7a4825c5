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
  /** Whether the cluster knows ServiceMonitors. */
  knowsServiceMonitors: boolean;
}
