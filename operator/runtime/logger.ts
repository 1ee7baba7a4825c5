/** What a log line carries besides its message. An Error is written as its message and those of its causes. */
export type Fields = Readonly<Record<string, unknown>>;

export type Level = "debug" | "info" | "warn" | "error";

/** Writes one JSON object a line: `time`, `level`, `msg`, then the fields, and the `stack` of an `error` logged as such. */
export type Logger = Readonly<Record<Level, (msg: string, fields?: Fields) => void>> & {
  /** A logger whose lines all carry these fields too. */
  readonly child: (fields: Fields) => Logger;
};

export interface LoggerOptions {
  /** Takes one line with its newline, such as `(line) => process.stdout.write(line)`. */
  readonly write: (line: string) => unknown;
  /** The least level that is written. Default: "info". */
  readonly level?: Level;
  readonly now?: () => Date;
}

const LEVELS: readonly Level[] = ["debug", "info", "warn", "error"];

export function createLogger(options: LoggerOptions, fields: Fields = {}): Logger {
  const { write, level: least = "info", now = () => new Date() } = options;
  const log =
    (level: Level) =>
    (msg: string, more: Fields = {}) => {
      if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return;
      const errors = [...chainOf(more.error)].filter((each) => each instanceof Error);
      const stack = level === "error" ? errors.at(-1)?.stack : undefined;
      const line = { time: now().toISOString(), level, msg, ...fields, ...more, stack };
      write(`${JSON.stringify(line, inJson)}\n`);
    };
  return {
    debug: log("debug"),
    info: log("info"),
    warn: log("warn"),
    error: log("error"),
    child: (more) => createLogger(options, { ...fields, ...more }),
  };
}

/** An error's message with those of its causes, outermost first: `applying Service demo/web: 409 Conflict: …`. */
export function errorMessage(error: unknown): string {
  return [...chainOf(error)].map(ownMessage).join(": ");
}

/** What was thrown and what caused it, outermost first. */
export function* chainOf(error: unknown): Generator<unknown> {
  let each = error;
  // A cause may, in theory, come round to itself.
  for (let depth = 0; each !== undefined && depth < 10; depth += 1) {
    yield each;
    each = each instanceof Error ? each.cause : undefined;
  }
}

function ownMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A connection tried over several addresses fails with an AggregateError whose own message is empty.
  const inner = error instanceof AggregateError ? error.errors.map(errorMessage).join("; ") : "";
  return error.message || inner || error.name;
}

function inJson(_key: string, value: unknown): unknown {
  if (value instanceof Error) return errorMessage(value);
  return typeof value === "bigint" ? String(value) : value;
}
