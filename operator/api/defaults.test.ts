import { describe, expect, it } from "@jest/globals";
import { hitCounterWith } from "../testing/fixtures.ts";
import { withDefaults } from "./defaults.ts";
import { exampleSpecs } from "./exampleSpecs.ts";
import type { HitCounter } from "./hitCounter.ts";

describe("a HitCounter as the API server gives it", () => {
  it.each(Object.entries(exampleSpecs))("that says %s is as it is", (_name, spec) => {
    expect(withDefaults(hitCounterWith(spec))).toEqual(hitCounterWith(spec));
  });

  it("by the CRD of an earlier release has the defaults of what came later", () => {
    const { drainSeconds: _, clientAddress: __, ...proxy } = hitCounterWith().spec.proxy;
    const earlier = { ...hitCounterWith(), spec: { ...hitCounterWith().spec, proxy } };
    expect(withDefaults(earlier as object as HitCounter)).toEqual(hitCounterWith());
  });

  it("that is refused by now, and was taken once, is left as it is", () => {
    const taken = hitCounterWith();
    taken.spec.proxy.drainSeconds = 0;
    expect(withDefaults(taken)).toBe(taken);
  });
});
