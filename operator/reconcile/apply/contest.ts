import type { ManagedObject } from "../../desired/index.ts";
import { MANAGED_BY } from "../../desired/names.ts";
import { type Difference, keyOf, ownerOfField } from "../../runtime/index.ts";
import { type Turn, titleOf } from "../turn.ts";
import { driftOf, placeOf } from "./managed.ts";

// Where the operator and somebody else want the same field otherwise.

/** The same change that comes back as soon as it was undone is undone again after a second, then twice as long. */
const CONTESTED = { baseMs: 1_000, capMs: 600_000 };
/** As often it may be a coincidence; then it is told. */
const COINCIDENCES = 2;

const aboutRepairs = (desired: ManagedObject) => `repairs of ${titleOf(desired)}`;
const pathsOf = (drift: readonly Difference[]) => drift.map(({ path }) => path).join(", ");

/** Whether a change is not undone yet, as the same came back at once before; tells who makes it, again and again. */
export async function isContested(turn: Turn, desired: ManagedObject, live: ManagedObject): Promise<boolean> {
  const { tries } = turn.memory;
  const about = aboutRepairs(desired);
  const recent = tries.recent(about);
  if (!recent) return false;
  const altered = turn.memory.admission.get(titleOf(desired))?.altered ?? [];
  const drift = driftOf(desired, live).filter(({ path }) => !altered.some((other) => other.path === path));
  const pending = drift.length > 0 ? tries.pending(about, pathsOf(drift)) : undefined;
  if (tries.times(about) <= COINCIDENCES) {
    if (pending) turn.problems.push(pending);
    return pending !== undefined;
  }
  const message = pending ? await accusation(turn, desired, drift) : recent.message;
  turn.problems.push({ ...(pending ?? recent), reason: "Contested", message });
  return pending !== undefined;
}

/** Notes what was undone. */
export function noteRepair({ memory }: Turn, desired: ManagedObject, drift: readonly Difference[]): void {
  const message = `${titleOf(desired)}: ${pathsOf(drift)} was changed again`;
  const problem = { kind: "waiting", reason: "Waiting", message } as const;
  const about = aboutRepairs(desired);
  if (!memory.tries.recent(about)) memory.tries.forget(about);
  memory.tries.note(about, pathsOf(drift), problem, CONTESTED);
}

/** Who makes a change, as the API server has written down. */
async function accusation(turn: Turn, desired: ManagedObject, drift: readonly Difference[]): Promise<string> {
  const { kind } = placeOf(turn.context, desired.kind);
  const live = await turn.context.client.get(kind, keyOf(desired), { signal: turn.signal });
  const owners = drift.map(({ path }) => live && ownerOfField(live, path, MANAGED_BY));
  const others = [...new Set(owners.filter((owner) => owner !== undefined))];
  return `${titleOf(desired)}: ${others.join(", ") || "somebody"} keeps changing ${pathsOf(drift)}`;
}
