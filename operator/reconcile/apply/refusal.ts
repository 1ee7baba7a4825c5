import { errorMessage, type KubeObject, keyOf, type ResourceKind, refusalOf } from "../../runtime/index.ts";
import { type Turn, titleOf } from "../turn.ts";

/**
 * What was refused is asked again, as what refused it may go without a word: a policy, a webhook, a quota, a class. At
 * once where spec or the child has changed, else after 10 seconds, then twice as long, up to 10 minutes.
 */
export const REFUSED = { baseMs: 10_000, capMs: 600_000 };
/** The reason of a problem with what was changed by another in between, or is there although it was thought not to be. */
export const ANEW = "ChangedMeanwhile";
/** It is looked at anew this soon, if nothing else says so. */
export const ANEW_MS = 500;

/**
 * Sends a request, such as `applying Service web-proxy`, about what is in the state `of`, unless it is too early after a
 * refusal of the same. What the API server says against it becomes a problem of the turn, and undefined is returned. That it
 * says nothing is everybody's problem, and is thrown.
 */
export async function asked<T>(
  { hitCounter, memory, problems }: Turn,
  doing: string,
  of: string,
  send: () => Promise<T>,
  reason = "Refused",
): Promise<T | undefined> {
  const same = `${hitCounter.metadata.generation} ${of}`;
  const pending = memory.tries.pending(doing, same);
  if (pending) {
    problems.push(pending);
    return undefined;
  }
  try {
    const answer = await send();
    memory.tries.forget(doing);
    return answer;
  } catch (error) {
    const cause = new Error(doing, { cause: error });
    const message = errorMessage(cause);
    const problem = { kind: "refused", reason, message } as const;
    const judged = refusalOf(error);
    if (judged === undefined) throw cause;
    if (judged === "refused") problems.push(memory.tries.note(doing, same, problem, REFUSED));
    else if (judged === "anew")
      problems.push({ ...problem, kind: "waiting", reason: ANEW, lookAgainMs: ANEW_MS });
    else problems.push({ ...problem, kind: "failed", reason: "ReconcileFailed", lookAgainMs: 0, cause });
    return undefined;
  }
}

/** Deletes the very object that was seen; returns whether the API server took it. `Orphan` leaves alone what it owns. */
export async function deleteSeen(
  turn: Turn,
  kind: ResourceKind,
  seen: KubeObject,
  propagationPolicy: "Background" | "Orphan" = "Background",
): Promise<boolean> {
  const { uid = "" } = seen.metadata ?? {};
  const options = { preconditions: { uid }, propagationPolicy, signal: turn.signal };
  const send = async () => {
    await turn.context.client.delete(kind, keyOf(seen), options);
    return true;
  };
  return (await asked(turn, `deleting ${titleOf(seen)}`, uid, send)) ?? false;
}
