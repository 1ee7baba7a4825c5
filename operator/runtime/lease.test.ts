import { describe, expect, it } from "@jest/globals";
import { claimed, type Lease, released } from "./lease.ts";

const now = new Date("2026-01-02T03:04:05.678Z");
const before = "2026-01-01T00:00:00.000000Z";
const time = "2026-01-02T03:04:05.678000Z";
const lease = (spec: NonNullable<Lease["spec"]>): Lease => ({
  metadata: { name: "it", resourceVersion: "7" },
  spec,
});

describe("a Lease", () => {
  it("that is new begins with no transition", () => {
    expect(claimed({ metadata: { name: "it" } }, "me", 15, now).spec).toEqual({
      holderIdentity: "me",
      leaseDurationSeconds: 15,
      acquireTime: time,
      renewTime: time,
      leaseTransitions: 0,
    });
  });

  it.each([
    ["another's", { holderIdentity: "other", acquireTime: before, leaseTransitions: 3 }, time, 4],
    ["nobody's", { holderIdentity: "", acquireTime: before, leaseTransitions: 3 }, time, 4],
    ["one's own", { holderIdentity: "me", acquireTime: before, leaseTransitions: 3 }, before, 3],
    ["made by hand", {}, time, 1],
  ])("that was %s counts its transitions", (_whose, spec, acquireTime, leaseTransitions) => {
    expect(claimed(lease(spec), "me", 15, now)).toMatchObject({
      metadata: { resourceVersion: "7" },
      spec: { holderIdentity: "me", renewTime: time, acquireTime, leaseTransitions },
    });
  });

  it("that is released is nobody's", () => {
    expect(
      released(lease({ holderIdentity: "me", leaseDurationSeconds: 15, leaseTransitions: 3 }), now),
    ).toEqual(
      lease({
        holderIdentity: "",
        leaseDurationSeconds: 1,
        acquireTime: time,
        renewTime: time,
        leaseTransitions: 3,
      }),
    );
  });
});
