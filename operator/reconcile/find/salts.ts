import type { V1Secret } from "@kubernetes/client-node";
import { dayMs, saltFile } from "../../../counter/contract.ts";
import type { CounterSettings } from "../../desired/counterSettings.ts";
import { type Salts, saltsIn, visitorsSecretName } from "../../desired/visitorsSecret.ts";
import { childKinds } from "../../kinds.ts";
import { isNew, type Turn } from "../turn.ts";

/**
 * The salts of visitors for today and tomorrow: those that the operator knows, to which the Secret is put back; at its
 * start those in the Secret; and new ones for days that have none. Those of days that are over are nowhere any more.
 */
export async function findSalts(turn: Turn, settings: CounterSettings): Promise<Salts | undefined> {
  const { context, memory } = turn;
  if (!settings.visitors?.enabled) {
    memory.salts = undefined;
    return undefined;
  }
  const known = memory.salts ?? (await saltsThere(turn));
  const now = context.now().getTime();
  const days = [now, now + dayMs].map((time) => saltFile(new Date(time)));
  memory.salts = Object.fromEntries(days.map((day) => [day, known[day] ?? context.newSalt()]));
  return memory.salts;
}

/** Those in the Secret. One that the cache lacks may only have lost its labels. */
async function saltsThere({ context, hitCounter, signal }: Turn): Promise<Salts> {
  const key = { namespace: hitCounter.metadata.namespace, name: visitorsSecretName(hitCounter) };
  const cached = context.children.Secret.get(key);
  const live =
    cached || isNew(hitCounter) ? cached : await context.client.get(childKinds.Secret, key, { signal });
  return saltsIn(live as V1Secret | undefined);
}
