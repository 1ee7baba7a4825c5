import { isDeepStrictEqual } from "node:util";
import type { V1Secret } from "@kubernetes/client-node";
import { CONFIG_HASH, childName, rotationAskedFor, selectorLabels } from "../../desired/names.ts";
import { firstPasswords, type Passwords, passwordIn, passwordsIn } from "../../desired/passwords.ts";
import { childKinds } from "../../kinds.ts";
import { hasLabels, keyOf, keyString } from "../../runtime/index.ts";
import { isStaying, timeOf } from "../look/podTrouble.ts";
import { readNamedPassword } from "../look/redisAuth.ts";
import { isReady } from "../look/rollout.ts";
import { isNew, type Turn } from "../turn.ts";
import { rotated } from "./rotation.ts";

/**
 * The passwords of Redis: those that the operator knows, to which the Secret is put back; at its start those in the Secret;
 * where there are none, new ones. They go one step further where they are to be rotated, and only once what there was
 * stands in the Secret.
 */
export async function findPasswords(turn: Turn): Promise<Passwords> {
  const { context, hitCounter, memory } = turn;
  const key = { namespace: hitCounter.metadata.namespace, name: childName(hitCounter, "redis") };
  const held = passwordsIn(context.children.Secret.get(key));
  const known = memory.passwordsBy(held) ?? (await passwordsThere(turn, key));
  memory.passwords = known;
  const { content } = readNamedPassword(context, hitCounter) ?? {};
  if (!isDeepStrictEqual(held, known)) return known;
  const counterAddresses = context.pods
    .byIndex(keyString(hitCounter.metadata))
    .filter((pod) => isStaying(pod) && isReady(pod) && hasLabels(pod, selectorLabels(hitCounter, "counter")))
    .flatMap(({ status }) => status?.podIP ?? []);
  const evidence = {
    hitCounter,
    namedPassword: content,
    answer: context.redisUsers.answer(keyOf(hitCounter))?.value,
    counterAddresses,
    now: context.now(),
  };
  const next = rotated(known, evidence, context.newPassword);
  memory.nextPasswords = next;
  return next;
}

/** Those in the Secret, or new ones. A Secret that the cache lacks may only have lost its labels. */
async function passwordsThere(
  { context, hitCounter, changes, signal }: Turn,
  key: { namespace: string; name: string },
) {
  const cached = context.children.Secret.get(key);
  const live = (
    cached || isNew(hitCounter) ? cached : await context.client.get(childKinds.Secret, key, { signal })
  ) as V1Secret | undefined;
  const found = passwordsIn(live) ?? firstOf(live, context.newPassword, context.now());
  const running = context.children.StatefulSet.get(key)?.spec?.template.metadata?.annotations?.[CONFIG_HASH];
  if (running !== undefined && running !== found.lineage) {
    changes.push({ child: `Secret ${key.name}`, result: "passwordTaken" });
  }
  // Who asks before there is any has asked for these.
  const answered = rotationAskedFor(hitCounter);
  return isNew(hitCounter) && answered !== undefined ? { answered, ...found } : found;
}

/** Passwords that begin with the one that an earlier operator made, if there is one. */
function firstOf(secret: V1Secret | undefined, newPassword: () => string, now: Date): Passwords {
  const madeAt = timeOf(secret?.metadata?.creationTimestamp) ?? now.getTime();
  const known = passwordIn(secret);
  return firstPasswords(newPassword, known === undefined ? now : new Date(madeAt), known);
}
