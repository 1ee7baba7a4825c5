import { describe, expect, it } from "@jest/globals";
import { chosenProofs, type Proof, proofsAmong, soakSummary, timeOf } from "./soak.ts";
import type { StageResult } from "./stages.ts";

const proof = (name: string, project: Proof["project"] = "integration"): Proof => ({
  name,
  path: `test/${project === "integration" ? "integration/operator" : `e2e/${project}`}/${name}.test.ts`,
  project,
});
const proofs = [proof("leader"), proof("quiet"), proof("journey", "hitcounters")];

describe("the proofs that soak", () => {
  it("are the test files with a size and those of a soak alone, those that need a cluster last", () => {
    const tests = new Map([
      ["test/e2e/cluster/lostNode.soak.test.ts", "it takes long"],
      ["test/e2e/hitcounters/journey.test.ts", 'const times = sizeOf("UPGRADES", { test: 1, soak: 100 });'],
      ["test/integration/operator/quiet.test.ts", 'const seconds = sizeOf(\n  "QUIET_SECONDS",'],
      ["test/integration/operator/leader.test.ts", "sizeOf(name, sizes)"],
      ["test/integration/operator/api.test.ts", "const size = 5;"],
      ["operator/keeper/model/model.test.ts", 'const walks = sizeOf("MODEL_WALKS", sizes);'],
    ]);
    const model = { name: "model", path: "operator/keeper/model/model.test.ts", project: "unit" };
    const lostNode = {
      name: "lostNode",
      path: "test/e2e/cluster/lostNode.soak.test.ts",
      project: "cluster",
    };
    expect(proofsAmong(tests)).toEqual([model, proofs[0], proofs[1], lostNode, proofs[2]]);
  });

  it.each([
    ["all of them where none are named", [], ["leader", "quiet", "journey"]],
    ["those that are named", ["quiet", "leader"], ["leader", "quiet"]],
    ["those of a folder", ["e2e/"], ["journey"]],
  ])("are %s", (_title, patterns, expected) => {
    expect(chosenProofs(proofs, patterns).map(({ name }) => name)).toEqual(expected);
  });

  it("are told when one is asked for that is none of them", () => {
    expect(() => chosenProofs(proofs, ["quiet", "quite"])).toThrow(
      "No long test has quite in its path: leader, quiet, journey",
    );
  });
});

it.each([
  [0.4, "0 s"],
  [59.4, "59 s"],
  [59.6, "1 min 0 s"],
  [605, "10 min 5 s"],
  [3599.6, "1 h 0 min"],
  [7530, "2 h 6 min"],
])("writes %d seconds as %s", (seconds, expected) => {
  expect(timeOf(seconds)).toBe(expected);
});

describe("the summary", () => {
  const quiet: StageResult = {
    stage: "quiet",
    passed: 2,
    failed: 0,
    seconds: 651,
    failures: [],
    findings: ["quiet  600 s: 0 writes"],
    sizes: ["QUIET_SECONDS=300"],
  };
  const leader = { ...quiet, stage: "leader", passed: 4, failed: 1, findings: [], sizes: ["STEPS=100"] };

  it("tells what each proof measured, did and came to", () => {
    expect(soakSummary([quiet, leader], 2)).toBe(`
quiet
  quiet  600 s: 0 writes

proof   size               result  tests   time
quiet   QUIET_SECONDS=300  held    2 of 2  10 min 51 s
leader  STEPS=100          FAILED  4 of 5  10 min 51 s

1 held, 1 failed
`);
  });

  it("tells how many were not run", () => {
    expect(soakSummary([quiet], 3)).toContain("\n1 held, 0 failed, 2 not run\n");
  });
});
