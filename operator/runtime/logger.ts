/** What a log line carries besides its message; an Error is written with its causes. */
export type Fields = Readonly<Record<string, unknown>>;

export type Level = "debug" | "info" | "warn" | "error";

/** Writes one JSON object a line: `time`, `level`, `msg`, then the fields. */
export interface Logger {
  debug(msg: string, fields?: Fields): void;
  info(msg: string, fields?: Fields): void;
  warn(msg: string, fields?: Fields): void;
  error(msg: string, fields?: Fields): void;
  /** A logger whose lines all carry these fields too. */
  child(fields: Fields): Logger;
}

export interface LoggerOptions {
  /** Takes one line with its newline, such as `(line) => process.stdout.write(line)`. */
  readonly write: (line: string) => unknown;
  /** The least level that is written. Default: "info". */
  readonly level?: Level;
  readonly now?: () => Date;
}

const levels: readonly Level[] = ["debug", "info", "warn", "error"];

export function createLogger(options: LoggerOptions, fields: Fields = {}): Logger {
  const { write, level: least = "info", now = () => new Date() } = options;
  const log =
    (level: Level) =>
    (msg: string, more: Fields = {}) => {
      if (levels.indexOf(level) < levels.indexOf(least)) {
        return;
      }
      const line = { time: now().toISOString(), level, msg, ...fields, ...more };
      write(`${JSON.stringify(line, flattenErrors)}\n`);
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
  const messages = [...causes(error)].map((cause) =>
    cause instanceof Error ? cause.message : String(cause),
  );
  return messages.filter((message) => message !== "").join(": ");
}

function* causes(error: unknown): Generator<unknown> {
  // A cause may, in theory, come round to itself.
  for (let depth = 0, cause = error; cause !== undefined && depth < 10; depth += 1) {
    yield cause;
    cause = cause instanceof Error ? cause.cause : undefined;
  }
}

function flattenErrors(_key: string, value: unknown): unknown {
  if (value instanceof Error) {
    return { message: errorMessage(value), name: value.name, stack: value.stack };
  }
  return typeof value === "bigint" ? String(value) : value;
}
