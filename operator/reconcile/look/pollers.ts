import { type KubeClient, type Metrics, Poller } from "../../runtime/index.ts";
import { type AskProxy, type CountAnswer, noAnswer, type ProxyTarget } from "./askProxy.ts";
import { type AskRedis, noUsers, type RedisAnswer, type RedisTarget } from "./askRedis.ts";
import { askSecret, type NamedSecret, noSecret, type SecretAnswer } from "./namedSecrets.ts";
import { askWhyNotMade, type Unmade } from "./whyNotMade.ts";

/** How often something is asked again that nothing tells of, in milliseconds. */
const INTERVAL_MS = 10_000;
/** How soon where it gave no answer yet, or only now does, in milliseconds. */
const EAGER_MS = 1_000;
/**
 * How long a proxy must have answered before it is believed, in milliseconds: it is asked by way of one node, and the
 * others may take so long to learn of a Service's address and of the pods behind it.
 */
const STEADY_MS = 1_000;
const TIMEOUT_MS = 5_000;
const times = { intervalMs: INTERVAL_MS, eagerMs: EAGER_MS, steadyMs: STEADY_MS, timeoutMs: TIMEOUT_MS };

/** Asks the proxies for their counts; those that swallow what is sent to them hold up a part of the askers, for 5 s each. */
export const createCounts = (ask: AskProxy, metrics: Metrics) =>
  new Poller<ProxyTarget, CountAnswer>({
    name: "counts",
    ask,
    failed: noAnswer,
    isGood: ({ hits }) => hits !== undefined,
    concurrency: 10, // as many as a client has connections: to wait for one must not pass for silence
    metrics,
    ...times,
  });

/** Asks why the pods of Redis are not made. */
export const createWhyNotMade = (client: KubeClient, metrics: Metrics) =>
  new Poller<Unmade, string | undefined>({
    name: "whyNotMade",
    ask: askWhyNotMade(client),
    failed: () => undefined,
    isGood: (words) => words !== undefined,
    concurrency: 2,
    metrics,
    ...times,
  });

/** Has the users of Redis made as they should be, and asks who is connected. */
export const createRedisUsers = (ask: AskRedis, metrics: Metrics) =>
  new Poller<RedisTarget, RedisAnswer>({
    name: "redisUsers",
    ask,
    failed: noUsers,
    isGood: ({ has }) => has !== undefined,
    concurrency: 10,
    metrics,
    ...times,
  });

/**
 * How often a Secret that a user names is read again, in milliseconds: one that is missing so often at most, and one that
 * is there so often, as who renews it leaves time enough.
 */
const SECRET_MISSING_MS = 10_000;
const SECRET_THERE_MS = 30_000;

/** Reads, for one purpose, the Secrets that users name. */
export const createNamedSecrets = (name: string, client: KubeClient, metrics: Metrics) =>
  new Poller<NamedSecret, SecretAnswer>({
    name,
    ask: askSecret(client),
    failed: noSecret,
    isGood: ({ content }) => content !== undefined,
    concurrency: 5,
    metrics,
    ...times,
    intervalMs: SECRET_THERE_MS,
    badIntervalMs: SECRET_MISSING_MS,
    steadyMs: 0,
  });
