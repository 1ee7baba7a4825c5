import { createHmac } from "node:crypto";
import type { V1Secret } from "@kubernetes/client-node";
import { z } from "zod";
import { shortHash } from "./hash.ts";

/** The users of Redis that counters are, in turn: a rotation goes from one to the other. */
export const COUNTER_USERS = ["counter-a", "counter-b"] as const;

/** Key of the Secret with all that the operator keeps of the passwords. No pod sees it. */
export const PASSWORDS_KEY = "passwords.json";
/** Key of the password of the counters alone, which they read. */
export const PASSWORD_KEY = "password";

const generation = z.object({
  /** Which user counters are. */
  user: z.enum(COUNTER_USERS),
  /** The counters' password. */
  password: z.string(),
  /** The operator's own, from which those of all others are derived. */
  operator: z.string(),
  madeAt: z.iso.datetime(),
  /** The Secret of the user's that the counters' password is from. */
  secretName: z.string().optional(),
});

const passwords = z.object({
  /** Named after the first password. Another one says that Redis can't know of these until it starts anew. */
  lineage: z.string(),
  /** The annotation's value that asked for the last rotation. */
  answered: z.string().optional(),
  /** What counters use. */
  current: generation,
  /** What they are to use as soon as Redis knows it. */
  next: generation.optional(),
  /** What some may still use, and since when others are to. */
  former: generation.extend({ replacedAt: z.iso.datetime() }).optional(),
  /** The operator's last: a Redis that starts from a file that is some seconds old takes no other. */
  formerOperator: z.string().optional(),
});

/** The passwords that are made at a time, and go at a time. */
export type Generation = z.output<typeof generation>;
/** The passwords of Redis: those in use and, while they are rotated, those before and after them. */
export type Passwords = z.output<typeof passwords>;

/** A password that follows from the operator's, and tells nothing of it. */
export const derivedPassword = ({ operator }: Pick<Generation, "operator">, user: string) =>
  createHmac("sha256", operator).update(user).digest("base64url");

/** All passwords that Redis has to take. */
export const acceptedOf = ({ current, next, former }: Passwords): readonly Generation[] =>
  [current, next, former].filter((each) => each !== undefined);

/** With which passwords the operator may get in, the likeliest first. */
export const loginsOf = ({ current, next, former, formerOperator }: Passwords): readonly string[] =>
  [next?.operator, current.operator, former?.operator, formerOperator].filter((each) => each !== undefined);

/** The passwords of a HitCounter that has none so far; the counters' may be known already. */
export function firstPasswords(newPassword: () => string, madeAt: Date, known = newPassword()): Passwords {
  const [user] = COUNTER_USERS;
  const current = { user, password: known, operator: newPassword(), madeAt: madeAt.toISOString() };
  return { lineage: shortHash(known), current };
}

/** The passwords in a Secret; undefined where there is none, or something else. */
export function passwordsIn(secret: V1Secret | undefined): Passwords | undefined {
  try {
    return passwords.safeParse(JSON.parse(decoded(secret, PASSWORDS_KEY) ?? "")).data;
  } catch {
    return undefined; // no JSON
  }
}

/** The one password in a Secret of before they were rotated; undefined where there is none, or it is unfit for Redis. */
export function passwordIn(secret: V1Secret | undefined): string | undefined {
  const password = decoded(secret, PASSWORD_KEY);
  return password !== undefined && /^[A-Za-z0-9_-]{16,512}$/.test(password) ? password : undefined;
}

const decoded = (secret: V1Secret | undefined, key: string) => {
  const encoded = secret?.data?.[key];
  return encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString("utf8");
};
