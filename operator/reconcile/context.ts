import type { V1PersistentVolumeClaim, V1Pod } from "@kubernetes/client-node";
import type { HitCounter } from "../api/hitCounter.ts";
import type { DefaultImages } from "../desired/inputs.ts";
import type { ChildKind, ChildTypes } from "../kinds.ts";
import type { EventRecorder, KubeClient, KubeObject, Poller, Store } from "../runtime/index.ts";
import type { Copies } from "./copies/copies.ts";
import type { CountAnswer, ProxyTarget } from "./look/askProxy.ts";
import type { RedisAnswer, RedisTarget } from "./look/askRedis.ts";
import type { NamedSecret, SecretAnswer } from "./look/namedSecrets.ts";
import type { Unmade } from "./look/whyNotMade.ts";
import type { Memories } from "./memory.ts";

/** A watched kind's objects, which also takes the answers of writes. */
export interface Cache<T extends KubeObject> extends Store<T> {
  /** Whether the cluster knows the kind. */
  readonly isKnown: boolean;
  /** Returns the object as the cache has it. */
  record(object: T): T;
}

type Answers<S, V> = Pick<Poller<S, V>, "follow" | "forget" | "answer" | "isUnsure">;

/** Everything a reconcile sees and touches; a test passes its own. */
export interface Context {
  readonly client: KubeClient;
  readonly hitCounters: Cache<HitCounter>;
  /** Children by the uid of the HitCounter that owns them. */
  readonly children: { readonly [K in ChildKind]: Cache<ChildTypes[K]> };
  /** Pods of the children by HitCounter, cut down to what tells how they start. */
  readonly pods: Store<V1Pod>;
  /** Claims of the volumes of Redis. */
  readonly volumeClaims: Cache<V1PersistentVolumeClaim>;
  /** What the proxies say when they are asked for the count. */
  readonly counts: Answers<ProxyTarget, CountAnswer>;
  /** Why the pod of Redis is not made, as Events tell. */
  readonly whyNotMade: Answers<Unmade, string | undefined>;
  /** What is in the Secrets with certificates that users name. */
  readonly tlsSecrets: Answers<NamedSecret, SecretAnswer>;
  /** What becomes of the users of Redis, and who is connected. */
  readonly redisUsers: Answers<RedisTarget, RedisAnswer>;
  /** The passwords of Redis that users name. */
  readonly namedPasswords: Answers<NamedSecret, SecretAnswer>;
  /** How the three copies of Redis are, where there are three. */
  readonly copies: Pick<Copies, "stateOf" | "keeperNodes">;
  readonly memories: Memories;
  readonly defaultImages: DefaultImages;
  /** Namespace of the operator's pods; undefined where it runs outside the cluster. */
  readonly operatorNamespace: string | undefined;
  readonly events: EventRecorder;
  readonly now: () => Date;
  /** A new password, of 32 random bytes. */
  readonly newPassword: () => string;
  /** A new salt, in base64. */
  readonly newSalt: () => string;
}

/** All who are asked about a HitCounter beside the work. */
export const askedOf = (
  context: Pick<Context, "counts" | "whyNotMade" | "tlsSecrets" | "redisUsers" | "namedPasswords">,
) => [context.counts, context.whyNotMade, context.tlsSecrets, context.redisUsers, context.namedPasswords];
