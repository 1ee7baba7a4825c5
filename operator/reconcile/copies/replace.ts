import { hasCopies } from "../../desired/names.ts";
import { pods as podKind } from "../../kinds.ts";
import { keyOf } from "../../runtime/index.ts";
import { deleteSeen } from "../apply/refusal.ts";
import type { Turn } from "../turn.ts";
import { evidenceOf, nextToReplace } from "./replacement.ts";

/**
 * Replaces the next copy of Redis that is not of the newest template, by deleting its pod: its StatefulSet makes it anew. One
 * that leads is left until the keepers have had another lead.
 */
export async function replaceOutdated(turn: Turn): Promise<void> {
  const { context, hitCounter, log } = turn;
  if (!hasCopies(hitCounter) || turn.isGone) return;
  const state = context.copies.stateOf(keyOf(hitCounter));
  const evidence = evidenceOf(context, hitCounter, state);
  const next = nextToReplace(evidence);
  const pod = evidence.pods.find(({ metadata }) => metadata?.name === next);
  if (!pod || next === state?.primary) return;
  if (await deleteSeen(turn, podKind, pod)) log.info("replaces a copy of Redis", { pod: next });
}
