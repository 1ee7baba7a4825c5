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

  it("that is refused by now, and was taken once, is left as it is, and has the other defaults all the same", () => {
    const taken = hitCounterWith({
      pages: { max: 7 },
      proxy: { clientAddress: { trustedProxies: ["192.0.2.1/32"] } },
    });
    taken.spec.redis.durability = "never" as "always";
    taken.spec.proxy.drainSeconds = 0;
    taken.spec.proxy.clientAddress.trustedProxies.push("somewhere");
    const { externalTrafficPolicy: _, ...service } = taken.spec.proxy.service;
    const { monitoring: __, ...spec } = { ...taken.spec, proxy: { ...taken.spec.proxy, service } };
    expect(withDefaults({ ...taken, spec } as object as HitCounter)).toEqual(taken);
  });

  it("of which nothing can be made is left as it is", () => {
    const { version: _, ...spec } = hitCounterWith().spec;
    const strange = { ...hitCounterWith(), spec } as object as HitCounter;
    expect(withDefaults(strange)).toBe(strange);
  });
});
