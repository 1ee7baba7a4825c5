import type { V1Secret } from "@kubernetes/client-node";
import type { HitCounter } from "../../api/hitCounter.ts";
import { childKinds } from "../../kinds.ts";
import { errorMessage, isApiError, type KubeClient, keyOf, type Poller } from "../../runtime/index.ts";

/** A Secret that a user names in spec, and what is wanted of it. */
export interface NamedSecret {
  readonly namespace: string;
  readonly name: string;
  /** The field of spec that names it, for whoever reads that something is wrong with it. */
  readonly field: string;
  /** The keys that it has to have. */
  readonly keys: readonly string[];
}

/** What there is of a Secret that a user names: what is wanted of it, or why that can't be had. */
export type SecretAnswer =
  | { readonly content: Readonly<Record<string, string>>; readonly problem?: never }
  | { readonly content?: never; readonly problem: SecretProblem };

/** What can be wrong with it; `Unreadable` may pass by itself, and says nothing of what is in it. */
type SecretTrouble = "NotFound" | "Forbidden" | "Incomplete" | "Unreadable";

export interface SecretProblem {
  /** Why, in one word for programs. */
  readonly reason: `Secret${SecretTrouble}`;
  /** Why, in a sentence without its full stop: the field, the Secret and what to do, and nothing of its content. */
  readonly message: string;
}

/** Who asks for Secrets that HitCounters name, one for each of them. */
export type NamedSecrets = Pick<Poller<NamedSecret, SecretAnswer>, "follow" | "forget" | "answer">;

/**
 * What was last read of the Secret that a HitCounter names, which from now on is asked for again and again; or no more,
 * where it names none. Undefined there, and before the first answer.
 */
export function readNamed(
  secrets: NamedSecrets,
  hitCounter: HitCounter,
  wanted: Omit<NamedSecret, "namespace"> | undefined,
): SecretAnswer | undefined {
  const key = keyOf(hitCounter);
  // At once where spec has changed: whoever has just mended something does not wait.
  const occasion = `${hitCounter.metadata.generation}`;
  if (wanted) secrets.follow(key, { ...wanted, namespace: key.namespace }, occasion);
  else secrets.forget(key);
  return secrets.answer(key)?.value;
}

/** Reads a Secret by its name. It is somebody else's, so it is never listed or watched, and kept nowhere but in memory. */
export const askSecret =
  (client: Pick<KubeClient, "get">) =>
  async (wanted: NamedSecret, signal: AbortSignal): Promise<SecretAnswer> => {
    const { namespace, name, keys } = wanted;
    const secret = await client.get(childKinds.Secret, { namespace, name }, { signal });
    if (!secret) return wrong(wanted, "NotFound", `is not there. Make it, with ${keys.join(" and ")}`);
    const content = contentOf(secret, keys);
    const missing = keys.filter((key) => !content[key]);
    if (missing.length === 0) return { content };
    return wrong(wanted, "Incomplete", `has no ${missing.join(" and no ")}. It needs a value there`);
  };

/** What it means that a Secret could not be read. */
export const noSecret = (error: unknown, wanted: NamedSecret): SecretAnswer =>
  isApiError(error, 403)
    ? wrong(wanted, "Forbidden", "may not be read by the operator. Let it `get` that Secret")
    : wrong(wanted, "Unreadable", `could not be read: ${errorMessage(error)}`);

/** The values of these keys, as text. */
const contentOf = ({ data = {} }: V1Secret, keys: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(keys.map((key) => [key, Buffer.from(data[key] ?? "", "base64").toString("utf8")]));

/** What it means that a Secret can't be used. */
const wrong = ({ field, name }: NamedSecret, why: SecretTrouble, rest: string): SecretAnswer => ({
  problem: { reason: `Secret${why}`, message: `the Secret ${name} (${field}) ${rest}` },
});
