import type { Condition, HitCounter } from "../api/hitCounter.ts";
import { ACCEPT_LOSS_OF, acceptedLossOf } from "../desired/names.ts";
import { UNLISTED_DATA } from "../desired/redisCommand.ts";
import { errorMessage } from "../runtime/logger.ts";
import { isTrue } from "../runtime/objects.ts";
import { TerminalError } from "../runtime/outcome.ts";
import { Waiting } from "./children.ts";
import type { Observed, Rollout } from "./observe.ts";
import type { ProbeResult } from "./probe.ts";
import { type Plan, upgradeFailure } from "./upgrade.ts";

/** Everything that decides what is told of a HitCounter. */
export interface Situation {
  readonly hitCounter: HitCounter;
  readonly observed: Observed;
  /** What the proxy said; undefined when it was not asked, as some part of the way there is not up. */
  readonly probe: ProbeResult | undefined;
  /** The proxy has given a count for a while whenever it was asked. */
  readonly steady: boolean;
  readonly plan: Plan;
  /** Why the last reconcile did not get to its end. */
  readonly failure: unknown;
}

/** What a condition says, without when. */
export type Verdict = Pick<Condition, "type" | "status" | "reason" | "message">;

const LONGEST_MESSAGE = 4096;

/**
 * What holds of a HitCounter. Ready, Progressing, Degraded and RolledBack are always told. Reconciling and Stalled are
 * what kstatus, and so `kubectl`-like tools that wait for any kind of object, looks for: they are there while they hold.
 */
export function verdictsOf(situation: Situation): Verdict[] {
  const trouble = health(situation);
  const progressing = progress(situation);
  const verdicts = [readiness(situation), progressing, trouble.verdict, rollback(situation.plan)];
  const { reason, message } = trouble.verdict;
  if (trouble.lasting) return [...verdicts, { type: "Stalled", status: "True", reason, message }];
  return progressing.status === "True" ? [...verdicts, { ...progressing, type: "Reconciling" }] : verdicts;
}

const verdict =
  (type: string, status: "True" | "False") =>
  (reason: string, message: string): Verdict => ({
    type,
    status,
    reason,
    message: message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE - 1)}…` : message,
  });

/** Ready: a request through the proxy would be answered with a count. */
function readiness(situation: Situation): Verdict {
  const { hitCounter, observed, probe, steady } = situation;
  const { counter, redis, proxy } = observed;
  const no = verdict("Ready", "False");
  const loss = lossOf(situation);
  if (loss) return no("CountWentBack", loss);
  if (probe && "hits" in probe) {
    return steady || isTrue(hitCounter.status, "Ready")
      ? verdict("Ready", "True")("Serving", "The proxy answers with the count.")
      : no("Confirming", "The proxy has begun to answer; it is asked once more.");
  }
  const { spec } = hitCounter;
  if (spec.counter.replicas === 0)
    return no("ScaledToZero", "spec.counter.replicas is 0: nothing can answer.");
  if (spec.proxy.replicas === 0) return no("ScaledToZero", "spec.proxy.replicas is 0: nothing can answer.");
  if (redis.available === 0) return no("RedisNotReady", because("Redis is not ready", redis));
  if (counter.available === 0) return no("CounterNotReady", because("No counter pod is ready", counter));
  if (proxy.available === 0) return no("ProxyNotReady", because("No proxy pod is ready", proxy));
  return no("NoAnswer", `Every part is up, but ${probe?.failure ?? "the proxy has no Service"}.`);
}

const because = (what: string, { trouble }: Rollout) => `${what}${trouble ? `: ${trouble.message}` : ""}.`;

/** Why the count is not believed: it is lower than it was, which counting alone never makes it, or it can't be read. */
function lossOf({ hitCounter, observed, probe }: Situation): string | undefined {
  const { before, now } = countsOf(hitCounter, probe);
  const unlisted = observed.redis.trouble?.message.includes(UNLISTED_DATA);
  if (!unlisted && (now === undefined || now >= before)) return undefined;
  if (acceptedLossOf(hitCounter) === String(before)) return undefined;
  const what = unlisted
    ? `Redis does not start, so that it writes over nothing: ${UNLISTED_DATA}.`
    : `The count was ${before} and now is ${now}: Redis has lost data.`;
  const command = `kubectl annotate hitcounter ${hitCounter.metadata.name} --overwrite ${ACCEPT_LOSS_OF}=${before}`;
  return `${what} Restore its volume, or accept the loss with: ${command}`;
}

/** The count as it was, by the status or by a counter that has seen a higher one, and as it is, if that is known. */
function countsOf({ status }: HitCounter, probe: ProbeResult | undefined): { before: number; now?: number } {
  const told = status?.hits ?? 0;
  if (probe && "hits" in probe) return { before: told, now: probe.hits };
  if (probe?.goneBack) return { before: Math.max(told, probe.goneBack.from), now: probe.goneBack.to };
  return { before: told };
}

/** The count to be told: the last that was believed. */
export function believedHits(situation: Situation): number | undefined {
  const { hitCounter, probe } = situation;
  const lost = lossOf(situation) !== undefined;
  if (probe && "goneBack" in probe && lost) return countsOf(hitCounter, probe).before;
  return probe && "hits" in probe && !lost ? probe.hits : hitCounter.status?.hits;
}

/** Progressing: pods are still being made or replaced. */
function progress({ hitCounter, observed, plan, failure }: Situation): Verdict {
  const { counter, redis, proxy, counterVersion } = observed;
  const yes = verdict("Progressing", "True");
  const no = verdict("Progressing", "False");
  if (hitCounter.spec.paused) return no("Paused", "spec.paused is true: nothing is changed.");
  if (failure instanceof Waiting) return yes("Waiting", sentence(failure));
  if (!counter.complete)
    return yes("RollingOut", `Counter, version ${counterVersion ?? "unknown"}: ${extent(counter)}.`);
  if (!redis.complete) return yes("RollingOut", `Redis: ${extent(redis)}.`);
  if (!proxy.complete) return yes("RollingOut", `Proxy: ${extent(proxy)}.`);
  if (plan.rolledBack) {
    const { version } = hitCounter.spec;
    return no("RolledBack", `Version ${version} is not tried again until spec changes.`);
  }
  return no("Complete", "Every pod is as the spec wants it.");
}

const extent = ({ updated, available, wanted }: Rollout) =>
  `${updated} of ${wanted} pods are up to date, ${available} available`;

/** Degraded: something is wrong that will not pass by itself, or has not yet; lasting, if only a person can mend it. */
function health(situation: Situation): { verdict: Verdict; lasting: boolean } {
  const { hitCounter, observed, plan, failure } = situation;
  const { counter, redis, proxy } = observed;
  const yes = verdict("Degraded", "True");
  const lasting = (reason: string, message: string) => ({ verdict: yes(reason, message), lasting: true });

  const loss = lossOf(situation);
  if (loss) return lasting("CountWentBack", loss);
  if (failure instanceof TerminalError) return lasting("Refused", sentence(failure));
  if (failure && !(failure instanceof Waiting))
    return { verdict: yes("ReconcileFailed", sentence(failure)), lasting: false };
  if (plan.rolledBack) return lasting("RolledBack", plan.rolledBack.message);
  const failed = upgradeFailure(hitCounter.spec, observed);
  if (failed) return lasting("CounterFailing", sentence(failed));
  if (redis.trouble)
    return { verdict: yes("RedisFailing", sentence(redis.trouble)), lasting: redis.trouble.hopeless };
  if (proxy.trouble)
    return { verdict: yes("ProxyFailing", sentence(proxy.trouble)), lasting: proxy.trouble.hopeless };
  // Without a counter to reach no new proxy becomes ready, which is no fault of its own.
  if (proxy.stuck && counter.available > 0)
    return lasting("ProxyFailing", "New proxy pods do not become ready: `kubectl describe` one.");
  return { verdict: verdict("Degraded", "False")("AsExpected", "Nothing is wrong."), lasting: false };
}

/** RolledBack: the wanted version failed and the last healthy one runs in its place. */
function rollback({ rolledBack }: Plan): Verdict {
  return rolledBack
    ? verdict("RolledBack", "True")(rolledBack.reason, rolledBack.message)
    : verdict("RolledBack", "False")("AsWanted", "The wanted version was not taken back.");
}

/** What went wrong as a sentence. */
function sentence(failure: unknown): string {
  const message =
    failure instanceof Error ? errorMessage(failure) : String((failure as { message: string }).message);
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}${message.endsWith(".") ? "" : "."}`;
}
