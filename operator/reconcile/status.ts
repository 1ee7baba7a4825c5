import { isDeepStrictEqual } from "node:util";
import type { Condition, HitCounter, HitCounterStatus } from "../api/hitCounter.ts";
import { selectorLabels } from "../desired/names.ts";
import { isAutoscaled } from "../desired/replicas.ts";
import { addressOf } from "./address.ts";
import { believedHits, type Situation, type Verdict, verdictsOf } from "./conditions.ts";

/** The status of a HitCounter: a function of its spec, what there is, what went wrong and the time. */
export function computeStatus(situation: Situation, now: Date): HitCounterStatus {
  const { hitCounter, observed, probe } = situation;
  const { counter, counterVersion, proxyService } = observed;
  const before = hitCounter.status;
  const hits = believedHits(situation);
  const arrived = counter.complete && counter.wanted > 0;
  const version = arrived ? counterVersion : before?.version;
  // It must have served: only an answer that came through its pods tells that it does.
  const healthy = arrived && probe && "hits" in probe ? counterVersion : before?.lastHealthyVersion;
  const address = addressOf(hitCounter, proxyService);
  return {
    observedGeneration: hitCounter.metadata.generation,
    ...(version !== undefined && { version }),
    ...(healthy !== undefined && { lastHealthyVersion: healthy }),
    replicas: counter.total,
    readyReplicas: counter.ready,
    ready: `${counter.ready}/${isAutoscaled(hitCounter) ? counter.wanted : hitCounter.spec.counter.replicas}`,
    selector: Object.entries(selectorLabels(hitCounter, "counter"))
      .map(([name, value]) => `${name}=${value}`)
      .join(","),
    ...(hits !== undefined && { hits }),
    ...(address !== undefined && { address }),
    conditions: verdictsOf(situation).map((verdict) => condition(verdict, hitCounter, now)),
  };
}

/** The reason of a status's condition. */
export const reasonOf = (status: HitCounterStatus | undefined, type: string) =>
  status?.conditions?.find((condition) => condition.type === type)?.reason;

/** Whether two statuses say the same. */
export const sameStatus = (before: HitCounterStatus | undefined, after: HitCounterStatus) =>
  isDeepStrictEqual(before, after);

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
