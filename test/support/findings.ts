import { appendFileSync } from "node:fs";
import process from "node:process";

/** What a test measured. */
export interface Finding {
  /** What was looked at, such as `drift`. */
  subject: string;
  /** What was seen, with numbers and units, such as `200 repairs: p99 38 ms`. */
  found: string;
}

/** How much a test did. */
interface Size {
  /** Environment variable that sets it. */
  size: string;
  of: number;
}

/** Environment variable with the file that collects findings for the summary of a run. */
export const FINDINGS_FILE = "FINDINGS_FILE";

/** Tells what a test measured: at once on the terminal, and in the summary at the end of the run. */
export function tell(subject: string, found: string, env: NodeJS.ProcessEnv = process.env): void {
  process.stderr.write(`${subject}: ${found}\n`);
  collect({ subject, found }, env);
}

/** Notes how much a test does, for the summary of the run. */
export function noteSize(size: string, of: number, env: NodeJS.ProcessEnv = process.env): void {
  collect({ size, of }, env);
}

function collect(line: Finding | Size, env: NodeJS.ProcessEnv): void {
  const file = env[FINDINGS_FILE];
  if (file) appendFileSync(file, `${JSON.stringify(line)}\n`);
}

const linesOf = (collected: string) =>
  collected
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Finding | Size);

/** The findings that a file has collected, as lines for a person; none where nothing was told. */
export function summaryOf(collected: string): string[] {
  const findings = linesOf(collected).filter((line) => "subject" in line);
  const width = Math.max(0, ...findings.map(({ subject }) => subject.length));
  return findings.map(({ subject, found }) => `${subject.padEnd(width)}  ${found}`);
}

/** How much the tests did of which a file has collected notes, each such as `LEADER_WALK_STEPS=6`. */
export const sizesOf = (collected: string): string[] =>
  linesOf(collected)
    .filter((line) => "size" in line)
    .map(({ size, of }) => `${size}=${of}`);
