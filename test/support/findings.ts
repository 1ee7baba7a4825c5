import { appendFileSync } from "node:fs";
import process from "node:process";

/** What a test measured. */
export interface Finding {
  /** What was looked at, such as `drift`. */
  subject: string;
  /** What was seen, with numbers and units, such as `200 repairs: p99 38 ms`. */
  found: string;
}

/** Environment variable with the file that collects findings for the summary of a run. */
export const FINDINGS_FILE = "FINDINGS_FILE";

/** Tells what a test measured: at once on the terminal, and in the summary at the end of the run. */
export function tell(subject: string, found: string, env: NodeJS.ProcessEnv = process.env): void {
  process.stderr.write(`${subject}: ${found}\n`);
  const file = env[FINDINGS_FILE];
  if (file) appendFileSync(file, `${JSON.stringify({ subject, found } satisfies Finding)}\n`);
}

/** The findings that a file has collected, as lines for a person; none where nothing was told. */
export function summaryOf(collected: string): string[] {
  const findings = collected
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Finding);
  const width = Math.max(0, ...findings.map(({ subject }) => subject.length));
  return findings.map(({ subject, found }) => `${subject.padEnd(width)}  ${found}`);
}
