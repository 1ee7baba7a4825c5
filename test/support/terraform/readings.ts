// Reads what Terraform prints.

/** What `terraform graph` tells: all that a resource needs, directly or not, by its address. */
export function needsOf(graph: string): (address: string) => Set<string> {
  const direct = new Map<string, string[]>();
  for (const [, from = "", to = ""] of graph.matchAll(/^\s*"([^"]+)" -> "([^"]+)"/gm)) {
    direct.set(from, [...(direct.get(from) ?? []), to]);
  }
  return (address) => {
    const found = new Set<string>();
    const waiting = [...(direct.get(address) ?? [])];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (!found.has(next)) waiting.push(...(direct.get(next) ?? []));
      found.add(next);
    }
    return found;
  };
}

interface Line {
  type: string;
  "@testrun"?: string;
  test_run?: { run: string; status?: string; progress?: string };
  test_plan?: { resource_changes?: Planned[] };
  diagnostic?: { severity: string; summary: string; detail: string };
}

interface Planned {
  address: string;
  change: {
    actions: string[];
    /** The resource's attributes; what is not known yet is missing. */
    after: Record<string, unknown>;
  };
}

/** What `terraform test -json -verbose` told. */
export interface TestResults {
  passed: string[];
  failed: string[];
  /** Why, where something failed. */
  errors: string[];
  /** What a run of `command = plan` would do, by its name. */
  plans: Record<string, Planned[]>;
}

export function testResultsIn(output: string): TestResults {
  const lines = output
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Line);
  const ended = lines.flatMap(({ test_run }) =>
    test_run?.status === undefined || test_run.progress === "teardown" ? [] : [test_run],
  );
  return {
    passed: ended.filter(({ status }) => status === "pass").map(({ run }) => run),
    failed: ended.filter(({ status }) => status !== "pass").map(({ run, status }) => `${run}: ${status}`),
    errors: lines.flatMap(({ diagnostic }) =>
      diagnostic?.severity === "error" ? [`${diagnostic.summary}: ${diagnostic.detail}`] : [],
    ),
    plans: Object.fromEntries(
      lines.flatMap(({ test_plan, "@testrun": run }) =>
        test_plan && run ? [[run, test_plan.resource_changes ?? []]] : [],
      ),
    ),
  };
}

/** What `terraform validate -json` found wrong. */
export function mistakesIn(output: string): string[] {
  const { diagnostics } = JSON.parse(output) as {
    diagnostics: { severity: string; summary: string; detail: string }[];
  };
  return diagnostics
    .filter(({ severity }) => severity === "error")
    .map(({ summary, detail }) => `${summary}: ${detail}`);
}
