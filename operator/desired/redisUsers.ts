import { createHash } from "node:crypto";
import { acceptedOf, COUNTER_USERS, derivedPassword, type Generation, type Passwords } from "./passwords.ts";

/** The user that the operator is: it keeps the users as they should be, and sees who is connected. */
export const OPERATOR_USER = "operator";
/** The user that the exporter is. It may ask for INFO, and nothing else. */
export const EXPORTER_USER = "exporter";
/** The user by which data is copied out. */
export const BACKUP_USER = "backup";
/** The user that a copy is at the one that it follows. */
export const REPLICA_USER = "replica";
/** The user that the readiness probe is. It needs no password, and may do nothing but PING. */
export const PROBE_USER = "probe";
/** The user of who brings a password alone: counters of an image that knows of no users. */
export const DEFAULT_USER = "default";

/**
 * What counters may do: read and write, by scripts, and what a client says of itself. By categories, as another version of
 * the counter may keep its data otherwise; nothing in them reaches the server's configuration, users or other clients.
 */
const COUNTING = [
  ...["~*", "-@all", "+@read", "+@write", "+@connection"],
  ...["-@scripting", "-@dangerous", "-@blocking", "+eval", "+evalsha", "+info", "+keys", "+time"],
];

/** And where there are three copies: ask which one is primary, and whether another has what they wrote. */
const COUNTING_IN_COPIES = [...COUNTING, "+role", "+wait", "+waitaof"];

/** What keepers may do: see how far the data has come and say whose a copy is. Nothing of what counters write. */
const KEEPING = [
  ...["-@all", "~term", "~fence", "~pos", "+ping", "+info", "+replicaof", "+wait", "+waitaof"],
  ...[
    "+watch",
    "+unwatch",
    "+multi",
    "+exec",
    "+eval",
    "+evalsha",
    "+get",
    "+mget",
    "+set",
    "+del",
    "+dbsize",
  ],
  ...["+client|setname", "+client|kill"],
];

/** A user of Redis: what it may do, and with which of the passwords of a time it gets in. */
interface Row {
  readonly may: readonly string[];
  /** Undefined for the user that needs none, or is not there with these. */
  readonly password?: (of: Generation) => string | undefined;
  /** Nobody gets in by it. */
  readonly isOff?: true;
}

const derived = (user: string, may: readonly string[]): Row => ({
  may,
  password: (of) => derivedPassword(of, user),
});

/** Every user that Redis has, and no other. One more is a line here, and a key of the Secret for who reads its password. */
const USERS: Readonly<Record<string, Row>> = {
  [DEFAULT_USER]: { may: COUNTING, password: ({ password }) => password },
  ...Object.fromEntries(
    COUNTER_USERS.map((name) => [
      name,
      { may: COUNTING, password: ({ user, password }: Generation) => (user === name ? password : undefined) },
    ]),
  ),
  [OPERATOR_USER]: {
    may: ["-@all", "+acl|setuser", "+acl|deluser", "+acl|list", "+client|list", "+client|kill"],
    password: ({ operator }) => operator,
  },
  [EXPORTER_USER]: derived(EXPORTER_USER, ["-@all", "+info"]),
  [BACKUP_USER]: derived(BACKUP_USER, ["-@all", "+ping", "+sync", "+psync", "+replconf"]),
  [PROBE_USER]: { may: ["-@all", "+ping"] },
};

/**
 * The users of one of three copies. That of its own name is for keepers, so that an address that another pod has by now
 * refuses them. The default one gets nobody in, and may do everything all the same: Redis loads its file as that user, and
 * would leave out of it what that user may not do.
 */
const usersOfCopy = (pod: string): Readonly<Record<string, Row>> => ({
  ...USERS,
  [DEFAULT_USER]: { may: ["~*", "&*", "+@all"], isOff: true },
  ...Object.fromEntries(COUNTER_USERS.map((name) => [name, { ...USERS[name], may: COUNTING_IN_COPIES }])),
  [OPERATOR_USER]: { ...USERS[OPERATOR_USER], may: [...(USERS[OPERATOR_USER]?.may ?? []), "+config|set"] },
  [BACKUP_USER]: derived(BACKUP_USER, ["-@all", "+ping", "+role", "+sync", "+psync", "+replconf"]),
  [REPLICA_USER]: derived(REPLICA_USER, ["-@all", "+ping", "+psync", "+replconf"]),
  // Before it ends it waits until it leads no more.
  [PROBE_USER]: { may: ["-@all", "+ping", "+role"] },
  [pod]: derived(pod, KEEPING),
});

/** A password as Redis takes it in place of the password itself. */
export const hashInRedis = (password: string) => `#${createHash("sha256").update(password).digest("hex")}`;

/** A user as Redis is told of it. */
export interface RedisUser {
  readonly name: string;
  /** What `ACL SETUSER` takes, none of it a password. */
  readonly rules: readonly string[];
}

/** The users that Redis should have, or one of three copies, by the name of its pod. One that no password is for is not there. */
export function redisUsers(passwords: Passwords, copy?: string): readonly RedisUser[] {
  const accepted = acceptedOf(passwords);
  const users = copy === undefined ? USERS : usersOfCopy(copy);
  return Object.entries(users).flatMap(([name, { may, password, isOff }]) => {
    if (isOff) return [{ name, rules: ["off", ...may] }];
    const known = password && accepted.map(password).filter((each) => each !== undefined);
    if (known?.length === 0) return [];
    const getsIn = known ? [...new Set(known)].map(hashInRedis).sort() : ["nopass"];
    return [{ name, rules: ["on", ...getsIn, "resetchannels", ...may] }];
  });
}

/** Names these users as they are, with their rules. */
export const digestOf = (users: readonly RedisUser[]): string =>
  createHash("sha256").update(JSON.stringify(users)).digest("hex");
