import { basename } from "node:path";
import { journeys, type Project, type StageResult } from "./stages.ts";

/** A test file that `npm run soak` runs in its long version. */
export interface Proof {
  /** Such as `leader`. */
  name: string;
  /** From the top of the repository. */
  path: string;
  project: Project;
}

const projects: readonly Project[] = ["integration", ...journeys, "cluster"];

/** The test files that have a long version, which `sizeOf` gives them, or are one, in the order of their paths. */
export function proofsAmong(tests: ReadonlyMap<string, string>): Proof[] {
  return [...tests]
    .filter(([path, text]) => /\bsizeOf\(/.test(text) || path.endsWith(".soak.test.ts"))
    .map(([path]) => path)
    .sort(
      (one, other) =>
        Number(one.includes("/e2e/")) - Number(other.includes("/e2e/")) || (one < other ? -1 : 1),
    )
    .map((path) => ({
      name: basename(path).replace(/(\.soak)?\.test\.ts$/, ""),
      path,
      project:
        projects.find((project) => path.startsWith("test/") && path.includes(`/${project}/`)) ?? "unit",
    }));
}

/** Those with a path that one of the regular expressions finds, or all where there are none. */
export function chosenProofs(proofs: readonly Proof[], patterns: readonly string[]): Proof[] {
  for (const pattern of patterns) {
    if (!proofs.some(({ path }) => new RegExp(pattern).test(path)))
      throw new Error(
        `No long test has ${pattern} in its path: ${proofs.map(({ name }) => name).join(", ")}`,
      );
  }
  return proofs.filter(
    ({ path }) => patterns.length === 0 || patterns.some((pattern) => new RegExp(pattern).test(path)),
  );
}

/** A time for people: `42 s`, `10 min 5 s`, `1 h 2 min`. */
export function timeOf(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** What came of each proof: a table, what their tests measured, and a last line that says it all. */
export function soakSummary(results: readonly StageResult[], wanted: number): string {
  const rows = results.map(({ stage, sizes, passed, failed, seconds }) => [
    stage,
    sizes.join(" "),
    failed === 0 ? "held" : "FAILED",
    `${passed} of ${passed + failed}`,
    timeOf(seconds),
  ]);
  const measured = results
    .filter(({ findings }) => findings.length > 0)
    .map(({ stage, findings }) => `\n${stage}\n${findings.map((line) => `  ${line}\n`).join("")}`);
  const failed = results.filter((result) => result.failed > 0).length;
  const missing = wanted - results.length;
  return [
    ...measured,
    `\n${table([["proof", "size", "result", "tests", "time"], ...rows])}`,
    `\n${results.length - failed} held, ${failed} failed${missing > 0 ? `, ${missing} not run` : ""}\n`,
  ].join("");
}

/** Rows with their columns aligned. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return rows.map((row) => `${line(row)}\n`).join("");
}
