import type { HitCounter } from "../api/hitCounter.ts";
import { controllerReference } from "../runtime/ownerReferences.ts";

/** Value of `app.kubernetes.io/managed-by` on every child. */
export const MANAGED_BY = "hitcounter-operator";
/** Selects every child of every HitCounter. */
export const MANAGED_BY_SELECTOR = `app.kubernetes.io/managed-by=${MANAGED_BY}`;
/** Pod annotation with a hash of the configuration a pod reads from elsewhere, so that a change rolls it. */
export const CONFIG_HASH = "hitcounter.dev/config-hash";

/**
 * Annotation of a HitCounter by which a person accepts that its count went back: its value is the count that is given
 * up, as status.hits tells it, so that it holds for one loss alone.
 */
export const ACCEPT_LOSS_OF = "hitcounter.dev/accept-loss-of";

/** The count whose loss a person has accepted; undefined where nobody has, or what is said is no count. */
export function acceptedLossOf({ metadata }: HitCounter): string | undefined {
  const value = metadata.annotations?.[ACCEPT_LOSS_OF];
  return value !== undefined && /^\d{1,16}$/.test(value) ? value : undefined;
}

/**
 * Annotation of a HitCounter by which a person asks for other passwords of Redis: each value that it had not before starts
 * one rotation, such as the date.
 */
export const ROTATE_PASSWORD = "hitcounter.dev/rotate-password";

/** The value by which a rotation was last asked for. */
export const rotationAskedFor = ({ metadata }: HitCounter) => metadata.annotations?.[ROTATE_PASSWORD];

/** The three parts of a HitCounter, each with settings of its own in spec. */
export type Part = "counter" | "redis" | "proxy";

/** What has pods: the parts, what asks Redis and the proxies for metrics, and what backs Redis up. */
export type Component = Part | "exporter" | "exporter-nginx" | "backup";

const PARTS: Partial<Record<Component, Part>> = {
  exporter: "redis",
  "exporter-nginx": "proxy",
  backup: "redis",
};

/** The part whose settings say where the pods of a component run: an exporter runs where what it asks does. */
export const partOf = (component: Component): Part => PARTS[component] ?? (component as Part);

/** Name of a component's objects. */
export const childName = (hitCounter: HitCounter, component: Component) =>
  `${hitCounter.metadata.name}-${component}`;

/** Name of the Service that leads to the proxy. */
export const proxyServiceName = (hitCounter: HitCounter) =>
  hitCounter.spec.proxy.service.name ?? childName(hitCounter, "proxy");

/** Name of the headless Service that gives each pod of Redis a name. */
export const redisPodsName = ({ metadata }: { metadata: Pick<HitCounter["metadata"], "name"> }) =>
  `${metadata.name}-redis-pods`;

/** Whether a HitCounter has three copies of its data. */
export const hasCopies = ({ spec }: HitCounter) => spec.redis.replicas > 1;

/** Names of the pods of Redis, or of as many as there would be. */
export const redisPodNames = (
  hitCounter: HitCounter,
  length = hitCounter.spec.redis.replicas,
): readonly string[] => Array.from({ length }, (_, index) => `${childName(hitCounter, "redis")}-${index}`);

/** Hosts of the pods of Redis, as the headless Service names them. */
export const redisHosts = (hitCounter: HitCounter): readonly string[] =>
  redisPodNames(hitCounter).map((pod) => `${pod}.${redisPodsName(hitCounter)}`);

/** Labels of every HitCounter's children and their pods. */
export const PRODUCT_LABELS = { "app.kubernetes.io/name": "hitcounter" };

/** Labels that tell a component's pods from all others; a selector can't be changed, so these never are. */
export const selectorLabels = (hitCounter: HitCounter, component: Component) => ({
  ...PRODUCT_LABELS,
  "app.kubernetes.io/instance": hitCounter.metadata.name,
  "app.kubernetes.io/component": component,
});

/** Labels of every child and its pods. */
export const labels = (hitCounter: HitCounter, component: Component) => ({
  ...selectorLabels(hitCounter, component),
  "app.kubernetes.io/managed-by": MANAGED_BY,
});

/** What every child begins with: garbage collection removes it with its HitCounter. */
export const child = (
  apiVersion: string,
  kind: string,
  hitCounter: HitCounter,
  component: Component,
  name = childName(hitCounter, component),
) => ({
  apiVersion,
  kind,
  metadata: {
    name,
    namespace: hitCounter.metadata.namespace,
    labels: labels(hitCounter, component),
    ownerReferences: [controllerReference(hitCounter)],
  },
});
