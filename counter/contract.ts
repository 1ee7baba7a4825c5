/**
 * What the counter promises to whoever runs it: its environment, port, paths and headers. The operator
 * builds its pods from these names, so they stand here once. This file imports nothing.
 */

/** Where the counter listens inside its pod. */
export const counterPort = 8080;

/** The counter's paths. Only a GET of `root` or of `badge` is a hit, beside those of pages. */
export const counterPaths = {
  root: "/",
  badge: "/badge.svg",
  health: "/health",
  ready: "/ready",
  hits: "/hits",
  metrics: "/metrics",
} as const;

/**
 * What the paths of pages begin with, which are counted apart where that is wanted; a GET of one is a hit too, and of its
 * badge: the page's path and `counterPaths.badge` behind it.
 */
export const pagesPath = "/p/";

/** The most pages that may be counted apart. */
export const mostPages = 10_000;

/**
 * The parameter by which a path that counts shows its number without counting. Any other is let pass and counts, but for
 * badges, which have parameters of their own and no others.
 */
export const showParameter = { name: "count", value: "false" } as const;

/** Response header that names the version that answered. */
export const versionHeader = "X-HitCounter-Version";

/**
 * What a request's Accept has in it, in any case, where its client may rather have a page or JSON than plain text, as a
 * regular expression. The proxy passes such ones on and no others, and counters read no others.
 */
export const otherForms = "text/html|application/(json|\\*)";

/**
 * Response header of a 503 that is given because Redis holds a lower count than was seen: both of them, `41230 7`.
 */
export const goneBackHeader = "X-HitCounter-Gone-Back";

/**
 * Request headers that are the proxy's to set; it drops what clients send under these names. `address` is the client's;
 * `id` names a request
 * (32 hexadecimal digits), `retry` (`1`) marks one that was tried before under this id: it is counted only if it was
 * not then. `dryRun` (`true`) makes a GET of `root` do all that a hit does, and count nothing; the startup probe.
 */
export const requestHeaders = {
  address: "X-Real-IP",
  id: "X-Request-ID",
  retry: "X-HitCounter-Retry",
  dryRun: "X-HitCounter-Dry-Run",
} as const;

/** The name of the file with the salt by which visitors are told apart on a day, in UTC: `2026-11-26`. */
export const saltFile = (day: Date): string => day.toISOString().slice(0, 10);
/** How long such a day is, in milliseconds. */
export const dayMs = 86_400_000;
/** How many bytes a salt has. */
export const saltBytes = 32;

/** The keys of a counter's data in Redis, whose database is its alone; `writers` is what those of its writers begin with. */
export const dataKeys = {
  count: "hits",
  pages: "pages",
  position: "pos",
  confirmed: "confirmed",
  term: "term",
  fence: "fence",
  hours: "hits:hours",
  days: "hits:days",
  visitors: "visitors",
  visitorRegisters: "visitors:registers",
  retried: "retried",
  retriedBefore: "retried:old",
  writers: "writer:",
} as const;
/** The field of a history that has the hits of all slots that are kept no longer. */
export const earlierField = "earlier";

/** The place in MESSAGE where the number goes. */
export const hitsPlaceholder = "{hits}";

/** The names of the counter's environment variables; config.ts says what each means and its default. */
export const counterEnvironment = {
  port: "PORT",
  redisHost: "REDIS_HOST",
  redisPort: "REDIS_PORT",
  redisHosts: "REDIS_HOSTS",
  redisUsernameFile: "REDIS_USERNAME_FILE",
  redisPasswordFile: "REDIS_PASSWORD_FILE",
  redisPatienceSeconds: "REDIS_PATIENCE_SECONDS",
  redisAnswerSeconds: "REDIS_ANSWER_SECONDS",
  redisDurability: "REDIS_DURABILITY",
  believedCountFile: "BELIEVED_COUNT_FILE",
  maxWaiting: "MAX_WAITING",
  maxPages: "MAX_PAGES",
  visitorSaltFolder: "VISITOR_SALT_FOLDER",
  message: "MESSAGE",
  version: "VERSION",
  drainQuietSeconds: "DRAIN_QUIET_SECONDS",
  drainMaxSeconds: "DRAIN_MAX_SECONDS",
  keepAliveSeconds: "KEEP_ALIVE_SECONDS",
} as const;

/**
 * How long a request waits for Redis before it gets 503, in seconds, where the environment does not say: what stands
 * before a counter waits longer.
 */
export const patienceSeconds = 15;

/**
 * The longest that a stop takes with the default settings, in seconds: the drain (20), then what still
 * waits for Redis and for its answer (5), then closing (2). A pod's terminationGracePeriodSeconds must not be less.
 */
export const stopSeconds = 20 + patienceSeconds + 5 + 2;
