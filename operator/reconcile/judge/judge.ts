import type { HitCounterStatus } from "../../api/hitCounter.ts";
import { counterSettingsOf, revisionOf } from "../../desired/counterSettings.ts";
import { selectorLabels } from "../../desired/names.ts";
import { isAutoscaled } from "../../desired/replicas.ts";
import { withTransitionTimes } from "../../runtime/index.ts";
import { addressOf } from "../look/address.ts";
import { backupStatus } from "./backup.ts";
import { certificateOf, nextDayLeftMs } from "./certificate.ts";
import { conditionsOf } from "./conditions.ts";
import { copiesStatus } from "./copies.ts";
import { judgeCount } from "./count.ts";
import { nextRotationMs } from "./password.ts";
import type { Evidence, Situation } from "./situation.ts";
import { judgeRollback, judgeVersion } from "./version.ts";
import { nextDayMs } from "./visitors.ts";
import { storageOf } from "./volume.ts";

/** How soon a HitCounter is looked at again whose children were changed: once more, until nothing is left to do (ms). */
const CHANGED_MS = 1_000;

/** The one judgement on a HitCounter. */
export type Judgement = ReturnType<typeof judge>;

/**
 * What is told of a HitCounter, what is believed of its count, and in how many milliseconds to look again, which is
 * undefined where something will tell: a function of spec, what there is, what went wrong and the time.
 */
export function judge(evidence: Evidence) {
  const { hitCounter, choice, seen, changes, problems, now } = evidence;
  const count = judgeCount(hitCounter, seen);
  const { failure, lookAgainMs } = judgeVersion(hitCounter, seen, now);
  const rollback = judgeRollback(hitCounter, choice, seen, failure);
  const status = statusOf({ ...evidence, count, failure, rollback });
  // What was healthy before it is kept no longer.
  const isNewlyHealthy = status.lastHealthyRevision !== hitCounter.status?.lastHealthyRevision;
  const times = [
    ...problems.map(({ lookAgainMs }) => lookAgainMs),
    lookAgainMs,
    nextDayMs(evidence),
    nextDayLeftMs(evidence),
    nextRotationMs(evidence),
    changes.length > 0 || isNewlyHealthy ? CHANGED_MS : undefined,
    // To be remembered before it is done, as who goes on after a crash must not try it again.
    rollback && !choice.takenBack ? 0 : undefined,
  ].filter((time) => time !== undefined);
  return { status, count, lookAgainMs: times.length > 0 ? Math.min(...times) : undefined };
}

function redisStatus(situation: Situation): HitCounterStatus["redis"] {
  const { madeAt: passwordMadeAt } = situation.seen.auth;
  const copies = copiesStatus(situation);
  const isKnown = passwordMadeAt !== undefined || Object.keys(copies).length > 0;
  return isKnown ? { passwordMadeAt, ...copies } : undefined;
}

function statusOf(situation: Situation): HitCounterStatus {
  const { hitCounter, seen, count, rollback, now } = situation;
  const { counter, counterVersion, counterRevision } = seen;
  const { metadata, spec, status: before } = hitCounter;
  const observedGeneration = metadata.generation;
  const arrived = counter.complete && counter.wanted > 0;
  // It must have served: only an answer that came through its pods tells that it does.
  const served = arrived && seen.count?.fresh && seen.count.hits !== undefined;
  const status: HitCounterStatus = {
    observedGeneration,
    version: arrived ? counterVersion : before?.version,
    lastHealthyVersion: served ? counterVersion : before?.lastHealthyVersion,
    lastHealthyRevision: served ? counterRevision : before?.lastHealthyRevision,
    rolledBackRevision: rollback && revisionOf(counterSettingsOf(spec)),
    replicas: counter.total,
    readyReplicas: counter.ready,
    ready: `${counter.ready}/${isAutoscaled(hitCounter) ? counter.wanted : spec.counter.replicas}`,
    selector: Object.entries(selectorLabels(hitCounter, "counter"))
      .map((label) => label.join("="))
      .join(","),
    hits: count.hits,
    address: addressOf(seen.proxyService),
    certificate: certificateOf(situation),
    storage: storageOf(seen.claim),
    backup: backupStatus(spec, seen.backup),
    redis: redisStatus(situation),
    conditions: withTransitionTimes(conditionsOf(situation), before?.conditions, { observedGeneration, now }),
  };
  // As it is sent and comes back: what is undefined is not there.
  return JSON.parse(JSON.stringify(status)) as HitCounterStatus;
}
