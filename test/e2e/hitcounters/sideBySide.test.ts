import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { freshNamespace, testCluster } from "../../support/cluster.ts";
import { getOnce } from "../../support/get.ts";
import { hitsOf, manifest, untilReady, urlOf } from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";

let one: Kubectl;
let other: Kubectl;

beforeAll(async () => {
  const { kubectl } = testCluster();
  [one, other] = await Promise.all([freshNamespace(kubectl, "one"), freshNamespace(kubectl, "other")]);
}, 3_600_000);

afterAll(async () => {
  for (const namespace of ["one", "other"]) {
    await one?.("delete", "namespace", namespace, "--ignore-not-found", "--wait=false");
  }
});

describe("two HitCounters in one namespace and one in another", () => {
  it("count side by side, each its own", async () => {
    const small = { counter: { replicas: 1 }, proxy: { replicas: 1 } };
    await one.apply(manifest("left", { ...small, message: "left {hits}" }));
    await one.apply(manifest("right", { ...small, message: "right {hits}" }));
    await other.apply(manifest("left", { ...small, message: "other {hits}" }));
    const all: [Kubectl, string, string, number][] = [
      [one, "left", "left", 1],
      [one, "right", "right", 2],
      [other, "left", "other", 3],
    ];
    for (const [kubectl, name, word, visits] of all) {
      await untilReady(kubectl, name);
      const url = await urlOf(kubectl, name);
      for (let visit = 1; visit <= visits; visit += 1) {
        expect((await getOnce(`${url}/`)).body).toBe(`${word} ${visit}\n`);
      }
    }
    for (const [kubectl, name, , visits] of all) {
      expect(await hitsOf(await urlOf(kubectl, name))).toBe(visits);
    }
  });
});
