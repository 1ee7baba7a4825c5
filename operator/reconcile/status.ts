import { isDeepStrictEqual } from "node:util";
import type { Condition, HitCounter, HitCounterStatus } from "../api/hitCounter.ts";
import { selectorLabels } from "../desired/names.ts";
import { isAutoscaled } from "../desired/replicas.ts";
import { errorMessage } from "../runtime/logger.ts";
import { TerminalError } from "../runtime/outcome.ts";
import { addressOf } from "./address.ts";
import { Waiting } from "./children.ts";
import type { Observed, Rollout } from "./observe.ts";

type Verdict = Pick<Condition, "type" | "status" | "reason" | "message">;

/** The status of a HitCounter: a function of its spec, what there is, what went wrong and the time. */
export function computeStatus(
  hitCounter: HitCounter,
  observed: Observed,
  failure: unknown,
  now: Date,
): HitCounterStatus {
  const { counter, probe, counterVersion, proxyService } = observed;
  const before = hitCounter.status;
  const hits = probe && "hits" in probe ? probe.hits : before?.hits;
  const version = counter.complete && counter.wanted > 0 ? counterVersion : before?.version;
  const address = addressOf(hitCounter, proxyService);
  const verdicts = [
    readiness(hitCounter, observed),
    progress(observed, counterVersion, failure),
    health(observed, failure),
  ];
  return {
    observedGeneration: hitCounter.metadata.generation,
    ...(version !== undefined && { version }),
    replicas: counter.total,
    readyReplicas: counter.ready,
    ready: `${counter.ready}/${isAutoscaled(hitCounter) ? counter.wanted : hitCounter.spec.counter.replicas}`,
    selector: Object.entries(selectorLabels(hitCounter, "counter"))
      .map(([name, value]) => `${name}=${value}`)
      .join(","),
    ...(hits !== undefined && { hits }),
    ...(address !== undefined && { address }),
    conditions: verdicts.map((verdict) => condition(verdict, hitCounter, now)),
  };
}

/** The reason of a status's condition. */
export const reasonOf = (status: HitCounterStatus, type: string) =>
  status.conditions?.find((condition) => condition.type === type)?.reason;

/** Whether two statuses say the same. */
export const sameStatus = (before: HitCounterStatus | undefined, after: HitCounterStatus) =>
  isDeepStrictEqual(before, after);

/** Ready: a request through the proxy would be answered with a count. */
function readiness({ spec }: HitCounter, { counter, redis, proxy, probe }: Observed): Verdict {
  const no = (reason: string, message: string): Verdict => ({
    type: "Ready",
    status: "False",
    reason,
    message,
  });
  if (probe && "hits" in probe) {
    return { type: "Ready", status: "True", reason: "Serving", message: "The proxy answers with the count." };
  }
  if (spec.counter.replicas === 0)
    return no("ScaledToZero", "spec.counter.replicas is 0: nothing can answer.");
  if (spec.proxy.replicas === 0) return no("ScaledToZero", "spec.proxy.replicas is 0: nothing can answer.");
  if (redis.available === 0) return no("RedisNotReady", "Redis is not ready.");
  if (counter.available === 0) return no("CounterNotReady", "No counter pod is ready.");
  if (proxy.available === 0) return no("ProxyNotReady", "No proxy pod is ready.");
  return no("NoAnswer", `Every part is up, but ${probe?.failure ?? "the proxy was not asked"}.`);
}

/** Progressing: pods are still being made or replaced. */
function progress(
  { counter, redis, proxy }: Observed,
  version: string | undefined,
  failure: unknown,
): Verdict {
  const yes = (reason: string, message: string): Verdict => ({
    type: "Progressing",
    status: "True",
    reason,
    message,
  });
  if (failure instanceof Waiting) return yes("Waiting", sentence(failure));
  if (!counter.complete)
    return yes("RollingOut", `Counter, version ${version ?? "unknown"}: ${extent(counter)}.`);
  if (!redis.complete) return yes("RollingOut", `Redis: ${extent(redis)}.`);
  if (!proxy.complete) return yes("RollingOut", `Proxy: ${extent(proxy)}.`);
  return {
    type: "Progressing",
    status: "False",
    reason: "Complete",
    message: "Every pod is as the spec wants it.",
  };
}

const extent = ({ updated, available, wanted }: Rollout) =>
  `${updated} of ${wanted} pods are up to date, ${available} available`;

/** Degraded: something is wrong that will not pass by itself, or has not yet. */
function health({ counter, proxy }: Observed, failure: unknown): Verdict {
  const yes = (reason: string, message: string): Verdict => ({
    type: "Degraded",
    status: "True",
    reason,
    message,
  });
  if (failure instanceof TerminalError) return yes("Refused", sentence(failure));
  if (failure && !(failure instanceof Waiting)) return yes("ReconcileFailed", sentence(failure));
  if (counter.stuck)
    return yes("CounterStuck", "New counter pods do not become ready: `kubectl describe` one of them.");
  if (proxy.stuck)
    return yes("ProxyStuck", "New proxy pods do not become ready: `kubectl describe` one of them.");
  return { type: "Degraded", status: "False", reason: "AsExpected", message: "Nothing is wrong." };
}

const sentence = (failure: unknown) => {
  const message = errorMessage(failure);
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}${message.endsWith(".") ? "" : "."}`.slice(
    0,
    4096,
  );
};

/** Kubernetes writes times in whole seconds. */
const wholeSeconds = (time: Date) => time.toISOString().replace(/\.\d+Z$/, "Z");

/** A condition keeps the time of its last transition while its status is unchanged. */
function condition(verdict: Verdict, { status, metadata }: HitCounter, now: Date): Condition {
  const before = status?.conditions?.find(({ type }) => type === verdict.type);
  const unchanged = before?.status === verdict.status;
  return {
    ...verdict,
    observedGeneration: metadata.generation,
    lastTransitionTime: unchanged ? before.lastTransitionTime : wholeSeconds(now),
  };
}
