import type { Rollout } from "../look/rollout.ts";
import type { Admission } from "../memory.ts";
import { certificateTrouble } from "./certificate.ts";
import { judgeCopies } from "./copies.ts";
import type { Situation } from "./situation.ts";
import { no, sentence, sentences, type Verdict, yes } from "./verdict.ts";
import { judgeVolume } from "./volume.ts";

/** Something that may be wrong: the word for it, what is to be told if it is, and whether only a person can mend it. */
type Trouble = readonly [reason: string, message: string | false | undefined, lasting: boolean];

/** Degraded: something is wrong that will not pass by itself, or has not yet. Of all that is wrong the worst is told. */
export function health(situation: Situation): Verdict {
  const { hitCounter, seen, count, failure, rollback, problems, admission } = situation;
  const { redis, counter, proxy, claim, backup } = seen;
  const { atRisk, larger } = judgeVolume(hitCounter, claim);
  // Without a counter to reach no new proxy becomes ready, which is no fault of its own.
  const copies = judgeCopies(situation);
  // What begins, and what was never complete, is no worse than it was.
  const isShort = copies?.status === "False" && hitCounter.status?.redis?.replicatedSince !== undefined;
  const isProxyStuck = proxy.stuck && counter.available > 0;
  const worstFirst: readonly Trouble[] = [
    ["CountWentBack", count.loss, true],
    ["DataAtRisk", atRisk, true],
    ["DataLost", copies?.reason === "DataLost" && copies.message, true],
    ["Refused", sentences(problems, "Refused"), true],
    ["ReconcileFailed", sentences(problems, "ReconcileFailed"), false],
    ["VolumeNotAsWanted", sentences(problems, "VolumeNotAsWanted"), true],
    ["RolledBack", rollback?.message, true],
    ["CounterFailing", failure && sentence(failure.message), true],
    ofPart("Redis", redis),
    ["RedisNotReplicated", isShort && copies.message, false],
    ofPart("Counter", counter),
    ofPart("Proxy", proxy),
    ["ProxyFailing", isProxyStuck && "New proxy pods do not become ready: `kubectl describe` one.", true],
    ["BackupFailing", backup?.trouble && sentence(`Backup: ${backup.trouble.message}`), false],
    ["CertificateUnusable", certificateTrouble(situation), false],
    ["Contested", sentences(problems, "Contested"), false],
  ];
  for (const [reason, message, lasting] of worstFirst) {
    if (message) return { ...yes(reason, message), lasting };
  }
  const altered = [...admission].flatMap(wordsOf).join(", ");
  if (altered) return no("ChangedByAdmission", `Nothing is wrong; admission changes ${altered}.`);
  const { restore } = hitCounter.spec;
  if (restore && seen.count?.hits !== undefined) {
    const done = `Nothing is wrong; the count is there, and spec.restore can go: Redis needs the claim ${restore.claimName} while it is there.`;
    return no("RestoreDone", done);
  }
  return larger ? no("VolumeLarger", larger) : no("AsExpected", "Nothing is wrong.");
}

/** What keeps the pods of a part from being made or from starting. */
function ofPart(part: string, { trouble, notMade }: Rollout): Trouble {
  if (notMade !== undefined) return ["PodsNotMade", sentence(`${part}: ${notMade}`), false];
  if (trouble?.reason === "Unschedulable")
    return ["Unschedulable", sentence(`${part}: ${trouble.message}`), false];
  return [`${part}Failing`, trouble && sentence(trouble.message), Boolean(trouble?.hopeless && trouble.own)];
}

/** What admission makes of a child otherwise than it was sent. */
const wordsOf = ([title, { altered }]: readonly [string, Admission]) =>
  altered.map(({ path, desired, live }) => {
    const [from, to] = [desired, live].map((value) => JSON.stringify(value) ?? "nothing");
    // What is in a Secret is nobody's business.
    return `${path} of ${title}${title.startsWith("Secret ") ? "" : ` from ${from} to ${to}`}`;
  });
