import type { Rollout } from "../look/rollout.ts";
import type { Situation, Verdict } from "./situation.ts";
import { judgeVolume } from "./volume.ts";
import { sentence, sentences } from "./words.ts";

/** What Degraded says: something is wrong that will not pass by itself, or has not yet; lasting, if only a person can mend it. */
export type Health = Omit<Verdict, "type"> & { readonly lasting: boolean };

/** The worst thing that is wrong with a HitCounter. */
export function health(situation: Situation): Health {
  for (const trouble of troubles(situation)) {
    if (trouble) return trouble;
  }
  return fine(situation);
}

const ill = (reason: string, message: string, lasting: boolean): Health => ({
  status: "True",
  reason,
  message,
  lasting,
});

/** What is wrong, the worst first. */
function* troubles({
  hitCounter,
  seen,
  count,
  failure,
  rollback,
  problems,
}: Situation): Generator<Health | undefined> {
  if (count.loss) yield ill("CountWentBack", count.loss, true);
  const { atRisk } = judgeVolume(hitCounter, seen.claim);
  if (atRisk) yield ill("DataAtRisk", atRisk, true);
  for (const [reason, lasting] of [
    ["Refused", true],
    ["ReconcileFailed", false],
    ["VolumeNotAsWanted", true],
  ] as const) {
    const all = problems.filter((problem) => problem.reason === reason);
    if (all.length > 0) yield ill(reason, sentences(all), lasting);
  }
  if (rollback) yield ill("RolledBack", rollback.message, true);
  if (failure) yield ill("CounterFailing", sentence(failure.message), true);
  yield ofPart("Redis", seen.redis);
  yield ofPart("Counter", seen.counter);
  yield ofPart("Proxy", seen.proxy);
  // Without a counter to reach no new proxy becomes ready, which is no fault of its own.
  if (seen.proxy.stuck && seen.counter.available > 0)
    yield ill("ProxyFailing", "New proxy pods do not become ready: `kubectl describe` one.", true);
  const contested = problems.filter(({ reason }) => reason === "Contested");
  if (contested.length > 0) yield ill("Contested", sentences(contested), false);
}

/** What keeps the pods of a part from being made or from starting. */
function ofPart(part: string, { trouble, notMade }: Rollout): Health | undefined {
  if (notMade !== undefined) return ill("PodsNotMade", sentence(`${part}: ${notMade}`), false);
  if (!trouble) return undefined;
  return trouble.reason === "Unschedulable"
    ? ill("Unschedulable", sentence(`${part}: ${trouble.message}`), false)
    : ill(`${part}Failing`, sentence(trouble.message), trouble.hopeless && trouble.own);
}

function fine({ hitCounter, seen, admission }: Situation): Health {
  const ok = (reason: string, message: string): Health => ({
    status: "False",
    reason,
    message,
    lasting: false,
  });
  if (admission.length > 0) {
    return ok("ChangedByAdmission", sentence(`nothing is wrong; admission changes ${admission.join(", ")}`));
  }
  const { larger } = judgeVolume(hitCounter, seen.claim);
  return larger ? ok("VolumeLarger", larger) : ok("AsExpected", "Nothing is wrong.");
}
