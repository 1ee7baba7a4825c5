import { describe, expect, it } from "@jest/globals";
import { copiesSet, copyPod, going, inSync, withCopies } from "../../testing/copies.ts";
import { leavingOf, nextToReplace, type ReplacementEvidence } from "./replacement.ts";

const replicatedSince = "2026-01-02T03:04:05.678Z";
const evidence = (but: Partial<ReplacementEvidence> = {}): ReplacementEvidence => ({
  hitCounter: withCopies({ replicatedSince }),
  statefulSet: copiesSet(),
  pods: [0, 1, 2].map((number) => copyPod(number, "old")),
  state: inSync,
  ...but,
});
const pods = (...revisions: string[]) => revisions.map((revision, number) => copyPod(number, revision));

describe("of three copies that are not as wanted", () => {
  it.each([
    [["old", "old", "old"], "web-redis-1"],
    [["old", "new", "old"], "web-redis-2"],
    [["old", "new", "new"], "web-redis-0"],
    [["new", "new", "old"], "web-redis-2"],
    [["new", "new", "new"], undefined],
  ])("of %j, where the first leads, the next is %s", (revisions, next) => {
    expect(nextToReplace(evidence({ pods: pods(...revisions) }))).toBe(next);
  });

  it.each<[string, Partial<ReplacementEvidence>]>([
    ["one has not everything", { state: { ...inSync, condition: "Degraded", inSync: 2 } }],
    ["nobody has looked", { state: undefined }],
    ["they never had everything at one time", { hitCounter: withCopies({}) }],
    ["the HitCounter is paused", { hitCounter: withCopies({ replicatedSince }, { paused: true }) }],
    ["one is missing", { pods: pods("old", "old") }],
    ["one is on its way out", { pods: [...pods("old", "old"), going(copyPod(2))] }],
    ["one is not ready", { pods: [...pods("old", "old"), { ...copyPod(2), status: {} }] }],
    ["which is the newest template is not known yet", { statefulSet: copiesSet(2) }],
  ])("none is replaced while %s", (_title, but) => {
    expect(nextToReplace(evidence(but))).toBeUndefined();
  });
});

describe("the copy that should not lead", () => {
  it("is the primary once it alone is left to be replaced", () => {
    expect(leavingOf(evidence())).toBeUndefined();
    expect(leavingOf(evidence({ pods: pods("old", "new", "new") }))).toBe("web-redis-0");
  });

  it("is one that is on its way out, and of several the primary", () => {
    const [first, second, third] = pods("new", "new", "new").map(going);
    const others = pods("new", "new");
    if (!first || !second || !third) throw new Error("there are three");
    expect(leavingOf(evidence({ pods: [...others, third] }))).toBe("web-redis-2");
    expect(leavingOf(evidence({ pods: [third, second, first] }))).toBe("web-redis-0");
  });
});
