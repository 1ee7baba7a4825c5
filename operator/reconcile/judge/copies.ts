import type { HitCounterStatus } from "../../api/hitCounter.ts";
import { ACCEPT_LOSS_OF } from "../../desired/names.ts";
import type { Change, Condition } from "../../keeper/index.ts";
import type { Evidence } from "./situation.ts";
import { no, type Verdict, yes } from "./verdict.ts";

type Judged = Pick<Evidence, "hitCounter" | "seen" | "now">;
type RedisStatus = NonNullable<HitCounterStatus["redis"]>;

/** What the status says of three copies; what is not known at the moment stays as it was told. */
export function copiesStatus({ hitCounter, seen, now }: Judged): Omit<RedisStatus, "passwordMadeAt"> {
  const { copies, counter } = seen;
  if (!copies) return {};
  const { passwordMadeAt: _, ...before } = hitCounter.status?.redis ?? {};
  const { state } = copies;
  if (!state) return before;
  const isComplete = state.condition === "InSync" && copies.countersKnow && counter.complete;
  return {
    replicas: state.replicas,
    inSync: state.inSync,
    primary: state.primary,
    term: Math.max(state.term ?? 0, before.term ?? 0) || undefined,
    lastChange: lastOf(before.lastChange, state.lastChange),
    replicatedSince: before.replicatedSince ?? (isComplete ? now.toISOString() : undefined),
  };
}

/** A process that has just begun has seen no change, and one that leads no more may have seen an earlier one. */
function lastOf(before: RedisStatus["lastChange"], seen: Change | undefined): RedisStatus["lastChange"] {
  if (!seen || (before && Date.parse(before.time) >= seen.time)) return before;
  // Several keepers may have seen the same change, at about the same time.
  const isSame =
    before?.to === seen.to && before.from === seen.from && seen.time - Date.parse(before.time) < 5_000;
  if (isSame) return before;
  const { from, to, reason } = seen;
  return {
    time: new Date(seen.time).toISOString(),
    from,
    to,
    reason,
    seconds: Math.round(seen.seconds * 10) / 10,
  };
}

/** RedisReplicated: whether all three copies have what was acknowledged. Undefined where there is but one. */
export function judgeCopies({
  hitCounter,
  seen: { copies },
}: Pick<Judged, "hitCounter" | "seen">): Verdict | undefined {
  if (!copies) return undefined;
  const { state, keeperNodes } = copies;
  if (!state) return no("Starting", "The copies have not been asked yet how they are.");
  const { namespace, name } = hitCounter.metadata;
  const hits = hitCounter.status?.hits ?? 0;
  const accept = `kubectl annotate -n ${namespace} hitcounter ${name} --overwrite ${ACCEPT_LOSS_OF}=${hits}`;
  const sentences: Record<Exclude<Condition, "InSync">, string> = {
    Degraded:
      `${state.primary} is primary, and ${state.inSync} of ${state.replicas} copies have everything: the loss of another ` +
      "stops the counting until one of them is back.",
    NoQuorum:
      "No two copies that have everything can be reached: nothing is counted until they can. Nothing is lost so far.",
    TooFewNodes:
      "A copy has no node, as each needs one of its own: the loss of another stops the counting. Three nodes are needed.",
    DataLost:
      "Two copies or more have lost their data, so that none can tell what was acknowledged: nothing is counted. Restore a " +
      `volume, or accept the loss of what the third copy does not have with: ${accept}`,
    NotInitialised: "The copies are about to begin: all three have to be there for that.",
  };
  if (state.condition === "InSync") {
    const all = `${state.primary} is primary, and all ${state.replicas} copies have everything`;
    const [node, ...others] = keeperNodes;
    if (node === undefined || others.length > 0) return yes("InSync", `${all}.`);
    return yes(
      "OneKeeperNode",
      `${all}. But every pod of the operator that works is on node ${node}: if it is lost with the primary, nothing is ` +
        "counted until the operator is up elsewhere. Give its Deployment two replicas, and room on another node.",
    );
  }
  return no(state.condition, sentences[state.condition]);
}

/** Why nothing can be counted, whatever the pods say, in a sentence; undefined where that is not so. */
export function whyNoCopies(judged: Pick<Judged, "hitCounter" | "seen">): string | undefined {
  const verdict = judgeCopies(judged);
  const stops = ["NoQuorum", "DataLost", "NotInitialised"].includes(verdict?.reason ?? "");
  return stops ? verdict?.message : undefined;
}
