import type { HitCounter, HitCounterStatus } from "../../api/hitCounter.ts";
import { selectorLabels } from "../../desired/names.ts";
import { isAutoscaled } from "../../desired/replicas.ts";
import { withTransitionTimes } from "../../runtime/index.ts";
import type { Choice } from "../find/settings.ts";
import { addressOf } from "../look/address.ts";
import type { Seen } from "../look/look.ts";
import type { Memory } from "../memory.ts";
import type { Change, Problem } from "../problem.ts";
import { verdictsOf } from "./conditions.ts";
import { type Count, judgeCount } from "./count.ts";
import type { Situation } from "./situation.ts";
import { judgeRollback, judgeVersion } from "./version.ts";
import { storageOf } from "./volume.ts";

/** How soon a HitCounter is looked at again whose children were changed: once more, until nothing is left to do (ms). */
const CHANGED_MS = 1_000;
/** What is over sooner, in milliseconds, is nothing to tell of. */
const MOMENT_MS = 1_000;

/** What is to be judged: a HitCounter, what was seen of it, and what has come of this turn. */
export interface Evidence {
  readonly hitCounter: HitCounter;
  readonly choice: Choice;
  readonly seen: Seen;
  readonly changes: readonly Change[];
  readonly problems: readonly Problem[];
  readonly admission: Memory["admission"];
  readonly now: Date;
}

/** The one judgement on a HitCounter: what is told of it, and when to look again. */
export interface Judgement {
  readonly status: HitCounterStatus;
  readonly count: Count;
  /** In milliseconds; undefined where something will tell. */
  readonly lookAgainMs: number | undefined;
}

/** A function of spec, what there is, what went wrong and the time. */
export function judge(evidence: Evidence): Judgement {
  const { hitCounter, choice, seen, changes, problems, now } = evidence;
  const count = judgeCount(hitCounter, seen);
  const version = judgeVersion(hitCounter, seen, now);
  const rollback = judgeRollback(hitCounter, choice, seen, version.failure);
  const situation: Situation = {
    hitCounter,
    seen,
    count,
    failure: version.failure,
    rollback,
    problems: problems.filter(({ kind, lookAgainMs }) => kind !== "waiting" || lookAgainMs >= MOMENT_MS),
    admission: wordsOf(evidence.admission),
  };
  const status = statusOf(situation, now);
  // What was healthy before it is kept no longer.
  const isNewlyHealthy = status.lastHealthyRevision !== hitCounter.status?.lastHealthyRevision;
  const times = [
    ...problems.map(({ lookAgainMs }) => lookAgainMs),
    ...(version.lookAgainMs === undefined ? [] : [version.lookAgainMs]),
    ...(changes.length > 0 || isNewlyHealthy ? [CHANGED_MS] : []),
    ...(rollback?.isNew ? [0] : []),
  ];
  return { status, count, lookAgainMs: times.length > 0 ? Math.min(...times) : undefined };
}

const wordsOf = (admission: Memory["admission"]) =>
  [...admission].flatMap(([title, { altered }]) =>
    altered.map(({ path, desired, live }) => {
      // What is in a Secret is nobody's business.
      const values = title.startsWith("Secret ")
        ? ""
        : ` from ${JSON.stringify(desired) ?? "nothing"} to ${JSON.stringify(live) ?? "nothing"}`;
      return `${path} of ${title}${values}`;
    }),
  );

function statusOf(situation: Situation, now: Date): HitCounterStatus {
  const { hitCounter, seen, count, rollback } = situation;
  const { counter, counterVersion, counterRevision, proxyService, claim } = seen;
  const before = hitCounter.status;
  const arrived = counter.complete && counter.wanted > 0;
  const version = arrived ? counterVersion : before?.version;
  // It must have served: only an answer that came through its pods tells that it does.
  const served = arrived && seen.count?.fresh && "hits" in seen.count.answer;
  const healthyVersion = served ? counterVersion : before?.lastHealthyVersion;
  const healthyRevision = served ? counterRevision : before?.lastHealthyRevision;
  const address = addressOf(proxyService);
  const storage = storageOf(claim);
  return {
    observedGeneration: hitCounter.metadata.generation,
    ...(version !== undefined && { version }),
    ...(healthyVersion !== undefined && { lastHealthyVersion: healthyVersion }),
    ...(healthyRevision !== undefined && { lastHealthyRevision: healthyRevision }),
    ...(rollback && { rolledBackRevision: rollback.revision }),
    replicas: counter.total,
    readyReplicas: counter.ready,
    ready: `${counter.ready}/${isAutoscaled(hitCounter) ? counter.wanted : hitCounter.spec.counter.replicas}`,
    selector: Object.entries(selectorLabels(hitCounter, "counter"))
      .map(([name, value]) => `${name}=${value}`)
      .join(","),
    ...(count.hits !== undefined && { hits: count.hits }),
    ...(address !== undefined && { address }),
    ...(storage && { storage }),
    conditions: withTransitionTimes(verdictsOf(situation), before?.conditions, {
      observedGeneration: hitCounter.metadata.generation,
      now,
    }),
  };
}
