import { isTrue } from "../../runtime/index.ts";
import type { Rollout } from "../look/rollout.ts";
import { judgeCertificate, whyNoHttps } from "./certificate.ts";
import { judgeClients } from "./clients.ts";
import { judgeCopies, whyNoCopies } from "./copies.ts";
import { health } from "./health.ts";
import { judgePassword } from "./password.ts";
import type { Situation } from "./situation.ts";
import { no, sentence, sentences, type Verdict, yes } from "./verdict.ts";
import { judgeVisitors } from "./visitors.ts";
import { judgeVolume } from "./volume.ts";

/**
 * What holds of a HitCounter. Ready, Progressing, Degraded and RolledBack are always told, VisitorsCounted, ClientsLimited,
 * CertificateValid, PasswordRotated and RedisReplicated where that is wanted. Reconciling and Stalled are what kstatus, and so `kubectl`-like tools that wait
 * for any kind of object, looks for: they are there while they hold.
 */
export function conditionsOf(situation: Situation) {
  const { rollback } = situation;
  const progressing = progress(situation);
  const { lasting, ...degraded } = health(situation);
  const verdicts: Record<string, Verdict> = {
    Ready: readiness(situation),
    Progressing: progressing,
    Degraded: degraded,
    RolledBack: rollback
      ? yes(rollback.reason, rollback.message)
      : no("AsWanted", "The wanted version was not taken back."),
  };
  const visitors = judgeVisitors(situation);
  if (visitors) verdicts.VisitorsCounted = visitors;
  const certificate = judgeCertificate(situation);
  if (certificate) verdicts.CertificateValid = certificate;
  const clients = judgeClients(situation.hitCounter);
  if (clients) verdicts.ClientsLimited = clients;
  const password = judgePassword(situation);
  if (password) verdicts.PasswordRotated = password;
  const copies = judgeCopies(situation);
  if (copies) verdicts.RedisReplicated = copies;
  if (lasting) verdicts.Stalled = degraded;
  else if (progressing.status === "True") verdicts.Reconciling = progressing;
  return Object.entries(verdicts).map(([type, verdict]) => ({ type, ...verdict }));
}

/** Ready: a request through the proxy would be answered with a count. */
function readiness(situation: Situation): Verdict {
  const { hitCounter, seen, count } = situation;
  const { redis, counter, proxy, proxyService, count: answer } = seen;
  if (count.loss) return no("CountWentBack", count.loss);
  if (answer?.hits !== undefined) {
    const noHttps = whyNoHttps(situation);
    if (noHttps) return no("NoHttps", noHttps);
    return (answer.steady && answer.fresh) || isTrue(hitCounter.status, "Ready")
      ? yes("Serving", "The proxy answers with the count.")
      : no("Confirming", "The proxy has begun to answer; it is asked once more.");
  }
  const idle = (["counter", "proxy"] as const).find((part) => hitCounter.spec[part].replicas === 0);
  if (idle) return no("ScaledToZero", `spec.${idle}.replicas is 0: nothing can answer.`);
  if (redis.available === 0) return no("RedisNotReady", because("Redis is not ready", redis));
  const noCopies = whyNoCopies(situation);
  if (noCopies) return no("RedisNotReady", noCopies);
  if (counter.available === 0) return no("CounterNotReady", because("No counter pod is ready", counter));
  if (proxy.available === 0) return no("ProxyNotReady", because("No proxy pod is ready", proxy));
  const failure = answer?.failure ?? "the proxy has not answered yet";
  return no("NoAnswer", `Every part is up, but ${proxyService ? failure : "the proxy has no Service"}.`);
}

const because = (what: string, { trouble, notMade }: Rollout) => {
  const why = trouble?.message ?? notMade;
  return why === undefined ? `${what}.` : sentence(`${what}: ${why}`);
};

/** Progressing: pods are still being made or replaced. */
function progress({ hitCounter, seen, rollback, problems }: Situation): Verdict {
  const { problem, served } = seen.tls;
  const { paused, version } = hitCounter.spec;
  const { counter, redis, proxy, counterVersion, claim } = seen;
  if (paused) return no("Paused", "spec.paused is true: nothing is changed.");
  const waits = sentences(problems, "Waiting");
  if (waits) return yes("Waiting", waits);
  if (problem && !served) return yes("Waiting", sentence(problem.message));
  if (!counter.complete) return rolling(`Counter, version ${counterVersion ?? "unknown"}`, counter);
  if (!redis.complete) return rolling("Redis", redis);
  if (!proxy.complete) return rolling("Proxy", proxy);
  const { grows } = judgeVolume(hitCounter, claim);
  if (grows) return yes("VolumeResizing", grows);
  return rollback
    ? no("RolledBack", `Version ${version} is not tried again until spec asks for something else.`)
    : no("Complete", "Every pod is as the spec wants it.");
}

const rolling = (what: string, { updated, available, wanted }: Rollout) =>
  yes("RollingOut", `${what}: ${updated} of ${wanted} pods are up to date, ${available} available.`);
