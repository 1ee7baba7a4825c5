import { isTrue } from "../../runtime/index.ts";
import type { Rollout } from "../look/rollout.ts";
import { health } from "./health.ts";
import type { Situation, Verdict } from "./situation.ts";
import { judgeVolume } from "./volume.ts";
import { sentence, sentences } from "./words.ts";

const LONGEST_MESSAGE = 4096;

/**
 * What holds of a HitCounter. Ready, Progressing, Degraded and RolledBack are always told. Reconciling and Stalled are
 * what kstatus, and so `kubectl`-like tools that wait for any kind of object, looks for: they are there while they hold.
 */
export function verdictsOf(situation: Situation): Verdict[] {
  const { lasting, ...trouble } = health(situation);
  const { rollback } = situation;
  const progressing = progress(situation);
  const verdicts: Verdict[] = [
    readiness(situation),
    progressing,
    { type: "Degraded", ...trouble },
    rollback
      ? { type: "RolledBack", status: "True", reason: rollback.reason, message: rollback.message }
      : {
          type: "RolledBack",
          status: "False",
          reason: "AsWanted",
          message: "The wanted version was not taken back.",
        },
  ];
  if (lasting) verdicts.push({ ...trouble, type: "Stalled" });
  else if (progressing.status === "True") verdicts.push({ ...progressing, type: "Reconciling" });
  return verdicts.map(({ message, ...rest }) => ({ ...rest, message: shortened(message) }));
}

const shortened = (message: string) =>
  message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE - 1)}…` : message;

/** Ready: a request through the proxy would be answered with a count. */
function readiness({ hitCounter, seen, count }: Situation): Verdict {
  const ready = (status: "True" | "False", reason: string, message: string): Verdict => ({
    type: "Ready",
    status,
    reason,
    message,
  });
  const no = (reason: string, message: string) => ready("False", reason, message);
  if (count.loss) return no("CountWentBack", count.loss);
  if (seen.count && "hits" in seen.count.answer) {
    return (seen.count.steady && seen.count.fresh) || isTrue(hitCounter.status, "Ready")
      ? ready("True", "Serving", "The proxy answers with the count.")
      : no("Confirming", "The proxy has begun to answer; it is asked once more.");
  }
  const { spec } = hitCounter;
  const { redis, counter, proxy, proxyService } = seen;
  if (spec.counter.replicas === 0)
    return no("ScaledToZero", "spec.counter.replicas is 0: nothing can answer.");
  if (spec.proxy.replicas === 0) return no("ScaledToZero", "spec.proxy.replicas is 0: nothing can answer.");
  if (redis.available === 0) return no("RedisNotReady", because("Redis is not ready", redis));
  if (counter.available === 0) return no("CounterNotReady", because("No counter pod is ready", counter));
  if (proxy.available === 0) return no("ProxyNotReady", because("No proxy pod is ready", proxy));
  const failure = seen.count?.answer.failure ?? "the proxy has not answered yet";
  const why = proxyService ? failure : "the proxy has no Service";
  return no("NoAnswer", `Every part is up, but ${why}.`);
}

const because = (what: string, { trouble, notMade }: Rollout) => {
  const why = trouble?.message ?? notMade;
  return why === undefined ? `${what}.` : sentence(`${what}: ${why}`);
};

/** Progressing: pods are still being made or replaced. */
function progress({ hitCounter, seen, rollback, problems }: Situation): Verdict {
  const { counter, redis, proxy, counterVersion, claim } = seen;
  const is = (status: "True" | "False", reason: string, message: string): Verdict => ({
    type: "Progressing",
    status,
    reason,
    message,
  });
  if (hitCounter.spec.paused) return is("False", "Paused", "spec.paused is true: nothing is changed.");
  const waits = problems.filter(({ reason }) => reason === "Waiting");
  if (waits.length > 0) return is("True", "Waiting", sentences(waits));
  const rolling = (what: string, { updated, available, wanted }: Rollout) =>
    is("True", "RollingOut", `${what}: ${updated} of ${wanted} pods are up to date, ${available} available.`);
  if (!counter.complete) return rolling(`Counter, version ${counterVersion ?? "unknown"}`, counter);
  if (!redis.complete) return rolling("Redis", redis);
  if (!proxy.complete) return rolling("Proxy", proxy);
  const { grows } = judgeVolume(hitCounter, claim);
  if (grows) return is("True", "VolumeResizing", grows);
  if (rollback) {
    const { version } = hitCounter.spec;
    return is(
      "False",
      "RolledBack",
      `Version ${version} is not tried again until spec asks for something else.`,
    );
  }
  return is("False", "Complete", "Every pod is as the spec wants it.");
}
