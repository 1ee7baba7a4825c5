/** Writes one event. `fields` must be JSON; an Error is written as its message and those of its causes. */
export type Log = (level: "info" | "warn" | "error", msg: string, fields?: Record<string, unknown>) => void;

/** A log of one JSON object a line: `{"time":…,"level":…,"msg":…,…}`. */
export function jsonLog(write: (line: string) => void, now: () => number): Log {
  return (level, msg, fields = {}) => {
    const line = { time: new Date(now()).toISOString(), level, msg, ...fields };
    write(`${JSON.stringify(line, (_key, value) => (value instanceof Error ? inWords(value) : value))}\n`);
  };
}

/** An error's message and those of its causes, outermost first. */
export function inWords(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  // A connection tried over several addresses fails with an AggregateError whose own message is empty.
  const inner = error instanceof AggregateError ? error.errors.map(inWords).join("; ") : "";
  const own = error.message || inner || error.name;
  return error.cause === undefined ? own : `${own}: ${inWords(error.cause)}`;
}
