import * as z from "zod";
import { counterPort, mostPages, counterEnvironment as names, patienceSeconds } from "./contract.ts";
import { COPIES, type Copy, readCopies } from "./redisOfThree/copies.ts";

const whole = (min: number, max: number) => {
  const expected = `a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, expected)
    .transform(Number)
    .refine((value) => value >= min && value <= max, expected)
    .meta({ values: `${min} to ${max}` });
};
const seconds = (min: number, max: number) => {
  const expected = `a number of seconds from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,9}(\.\d{1,3})?$/, expected)
    .transform(Number)
    .refine((value) => value >= min && value <= max, expected)
    .meta({ values: `${min} to ${max}` });
};

const redisPort = 6379;

/** What may stand in the environment; an empty variable is one that is not set. */
export const environment = z.object({
  [names.port]: whole(0, 65_535).default(counterPort).describe("Port to listen on; 0 takes any free one."),
  [names.redisHost]: z.string().default("127.0.0.1").describe("Host name or address of Redis."),
  [names.redisPort]: whole(1, 65_535).default(redisPort).describe("Port of Redis."),
  [names.redisHosts]: z
    .string()
    .refine((list) => readCopies(list, redisPort) !== undefined, COPIES)
    .optional()
    .describe(
      `Where there are three copies of Redis: ${COPIES}. A pod is named as in the key \`term\`; by itself as the first label of its host. None: there is one Redis.`,
    ),
  [names.redisUsernameFile]: z
    .string()
    .optional()
    .describe(
      "File with the user of Redis whose password that is, read with it. None: Redis's default user.",
    ),
  [names.redisPasswordFile]: z
    .string()
    .optional()
    .describe(
      "File with Redis's password. What is new in it is taken up within seconds, without a new connection. None: no password.",
    ),
  [names.redisPatienceSeconds]: seconds(0.05, 300)
    .default(patienceSeconds)
    .describe(
      "How long a request waits for Redis before it gets 503; Redis remembers batches for longer than the longest.",
    ),
  [names.redisAnswerSeconds]: seconds(0.05, 3600)
    .default(5)
    .describe("How long Redis may leave a command unanswered before the connection is given up as dead."),
  [names.redisDurability]: z
    .enum(["always", "everysec"], "always or everysec")
    .default("always")
    .describe("When Redis has on disk what it answers: before (`always`), or within a second (`everysec`)."),
  [names.believedCountFile]: z
    .string()
    .optional()
    .describe(
      "File with a count that was believed before; a lower one is refused. None: any count is taken up.",
    ),
  [names.maxWaiting]: whole(1, 1_000_000)
    .default(10_000)
    .describe("How many requests may wait at once; past it, 503 at once."),
  [names.maxPages]: whole(0, mostPages)
    .default(0)
    .describe("How many pages may be counted apart; a hit of one more is answered 404. 0: there are none."),
  [names.visitorSaltFolder]: z
    .string()
    .optional()
    .describe(
      "Folder with a file for each day, such as `2026-01-31`, of the salt by which visitors are told apart. None: they are not.",
    ),
  [names.message]: z
    .string()
    .default("Holla! we have hit {hits} times")
    .describe("The answer to a hit; each `{hits}` in it becomes the number."),
  [names.version]: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9._+-]{0,127}$/, "a version such as 1.2.3")
    .default("dev")
    .describe("The version this process says it is. The image sets it."),
  [names.drainQuietSeconds]: seconds(0, 600)
    .default(3)
    .describe("A stopping process serves until no request that counts has come for this long."),
  [names.drainMaxSeconds]: seconds(0, 600)
    .default(20)
    .describe("A stopping process takes no new request after this long, quiet or not."),
  [names.keepAliveSeconds]: seconds(1, 3600)
    .default(75)
    .describe(
      "How long an idle connection stays open; longer than the proxy keeps it, so that the proxy closes first.",
    ),
});

/** The counter's settings, checked. */
export interface Settings {
  readonly port: number;
  readonly redis: {
    readonly host: string;
    readonly port: number;
    /** The three copies, where there are three; then `host` and `port` lead nowhere. */
    readonly copies: readonly Copy[] | undefined;
    readonly usernameFile: string | undefined;
    readonly passwordFile: string | undefined;
    readonly answerSeconds: number;
    readonly durability: "always" | "everysec";
  };
  readonly believedCountFile: string | undefined;
  readonly patienceSeconds: number;
  readonly maxWaiting: number;
  readonly maxPages: number;
  readonly visitorSaltFolder: string | undefined;
  readonly message: string;
  readonly version: string;
  readonly drain: { readonly quietSeconds: number; readonly maxSeconds: number };
  readonly keepAliveSeconds: number;
}

/**
 * Reads the settings from an environment, in which an empty variable is one that is not set; a bad value throws an error
 * that names each bad variable.
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const parsed = environment.safeParse(
    Object.fromEntries(Object.entries(env).filter(([, value]) => value !== "")),
  );
  if (!parsed.success) {
    const complaints = parsed.error.issues.map((issue) => {
      const name = String(issue.path[0]);
      return `${name} must be ${issue.message}, not ${JSON.stringify(env[name])}`;
    });
    throw new Error([...new Set(complaints)].join("\n"));
  }
  const value = parsed.data;
  if (value.REDIS_HOSTS !== undefined && value.REDIS_DURABILITY !== "always") {
    throw new Error(`${names.redisDurability} must be always where there is ${names.redisHosts}`);
  }
  return Object.freeze({
    port: value.PORT,
    redis: Object.freeze({
      host: value.REDIS_HOST,
      port: value.REDIS_PORT,
      copies: readCopies(value.REDIS_HOSTS ?? "", value.REDIS_PORT),
      usernameFile: value.REDIS_USERNAME_FILE,
      passwordFile: value.REDIS_PASSWORD_FILE,
      answerSeconds: value.REDIS_ANSWER_SECONDS,
      durability: value.REDIS_DURABILITY,
    }),
    believedCountFile: value.BELIEVED_COUNT_FILE,
    patienceSeconds: value.REDIS_PATIENCE_SECONDS,
    maxWaiting: value.MAX_WAITING,
    maxPages: value.MAX_PAGES,
    visitorSaltFolder: value.VISITOR_SALT_FOLDER,
    message: value.MESSAGE,
    version: value.VERSION,
    drain: Object.freeze({ quietSeconds: value.DRAIN_QUIET_SECONDS, maxSeconds: value.DRAIN_MAX_SECONDS }),
    keepAliveSeconds: value.KEEP_ALIVE_SECONDS,
  });
}
