const LONGEST_WORDS = 500;

/** What a log line begins with and is another each time: a process, a time, a level. */
const PREAMBLE =
  /^(\d+:[A-Z] )?(\d{1,2} [A-Z][a-z]{2} \d{4}|\d{4}[-/]\d{2}[-/]\d{2})[ T][\d:.,]+(Z|[+-]\d{2}:?\d{2})?\s*/;
/** Redis marks what it warns of. */
const MARK = /^[#*.-] /;
/** A line that names what went wrong, by whoever wrote it. */
const CAUSE =
  /error|fatal|emerg|panic|exception|abort|bad |can't|cannot|could not|denied|unable|invalid|fail/i;
/** Lines that come after the cause: where in the program it was. */
const TRACE = /^\s+at |^Node\.js v/;
/** Node.js shows the line of the program first, and marks the place in it. */
const EXCERPT = /^[\s\S]*\n\s*\^+\s*\n/;

/**
 * The cause in what a container said at its end, in one line without what differs from crash to crash: the lines that name
 * it, else the last one. Undefined where it said nothing.
 */
export function causeIn(words: string | undefined): string | undefined {
  const lines = (words ?? "")
    .replace(EXCERPT, "")
    .split("\n")
    .filter((line) => line.trim() !== "" && !TRACE.test(line))
    .map(plain);
  const causes = lines.filter(({ warns, text }) => warns || CAUSE.test(text));
  const told = causes.length > 0 ? causes : lines.slice(-1);
  const text = [...new Set(told.map(({ text }) => text))].join("; ");
  return text === "" ? undefined : text.slice(-LONGEST_WORDS);
}

/** A line without its preamble, and whether its writer marked it; of a line of JSON, what it says. */
function plain(line: string): { text: string; warns: boolean } {
  const text = messageIn(line.trim()).trim().replace(PREAMBLE, "");
  return { text: text.replace(MARK, ""), warns: text.startsWith("# ") };
}

function messageIn(line: string): string {
  if (!line.startsWith("{")) return line;
  try {
    const { msg, message = msg, error } = JSON.parse(line) as Record<string, unknown>;
    return [message, error].filter((part) => part !== undefined).join(": ") || line;
  } catch {
    return line; // cut off at its beginning or end
  }
}
