import { beforeAll, describe, expect, it } from "@jest/globals";
import { terminalProgress } from "../../../cluster/progress.ts";
import { tryRun } from "../../../cluster/shell.ts";
import { tell } from "../../support/findings.ts";
import { ensureProgram } from "../../support/goPrograms.ts";
import { everythingRendered } from "../../support/rendered.ts";
import { acceptedFindings } from "./acceptedFindings.ts";

// Advice that is judged once and rarely changes: `npm run soak` alone asks for it.

interface Scored {
  type_meta: { kind: string };
  checks: { check: { id: string }; grade: number; skipped: boolean }[] | null;
}
/** The grade of who has nothing to say. */
const ALL_WELL = 10;
/** The finding, such as `container-resources of a Deployment`, by what is rendered from where. */
const findings = new Map<string, Set<string>>();

beforeAll(async () => {
  const program = await ensureProgram("kube-score", terminalProgress());
  for (const [from, objects] of await everythingRendered()) {
    const input = objects.map((object) => JSON.stringify(object)).join("\n---\n");
    const { stdout } = await tryRun(
      program,
      ["score", "--kubernetes-version", "v1.34", "--output-format", "json", "-"],
      { input },
    );
    for (const { type_meta, checks } of (JSON.parse(stdout) ?? []) as Scored[]) {
      for (const { check, grade, skipped } of checks ?? []) {
        if (skipped || grade >= ALL_WELL) continue;
        const finding = `${check.id} of a ${type_meta.kind}`;
        findings.set(finding, (findings.get(finding) ?? new Set()).add(from));
      }
    }
  }
}, 1_800_000);

describe("kube-score, over all that is rendered", () => {
  it("finds nothing but what is accepted, each for its reason in acceptedFindings.ts", () => {
    const news = [...findings].filter(([finding]) => !(finding in acceptedFindings));
    expect(news.map(([finding, from]) => `${finding}: ${[...from].join(", ")}`)).toEqual([]);
    tell("kube-score", `${findings.size} kinds of finding, all accepted`);
  });

  it("still finds all that is accepted", () => {
    expect(Object.keys(acceptedFindings).filter((finding) => !findings.has(finding))).toEqual([]);
  });
});
