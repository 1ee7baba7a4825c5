import type { V1Secret } from "@kubernetes/client-node";
import { shortHash } from "../../desired/hash.ts";
import { CONFIG_HASH, childName } from "../../desired/names.ts";
import { passwordIn } from "../../desired/redisSecret.ts";
import { childKinds } from "../../kinds.ts";
import { isNew, type Turn } from "../turn.ts";

/**
 * The password of Redis: the one that the operator knows, to which the Secret is put back; at its start the one in the
 * Secret; where there is none, a new one. A Secret that the cache lacks may only have lost its labels.
 */
export async function findPassword({ context, hitCounter, memory, changes, signal }: Turn): Promise<string> {
  if (memory.redisPassword !== undefined) return memory.redisPassword;
  const key = { namespace: hitCounter.metadata.namespace, name: childName(hitCounter, "redis") };
  const cached = context.children.Secret.get(key);
  const live =
    cached || isNew(hitCounter) ? cached : await context.client.get(childKinds.Secret, key, { signal });
  const password = passwordIn(live as V1Secret | undefined) ?? context.newPassword();
  memory.redisPassword = password;
  const running = context.children.StatefulSet.get(key)?.spec?.template.metadata?.annotations?.[CONFIG_HASH];
  if (running !== undefined && running !== shortHash(password)) {
    changes.push({ child: `Secret ${key.name}`, result: "passwordTaken" });
  }
  return password;
}
