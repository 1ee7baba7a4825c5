import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { networkOf } from "./network.ts";

describe("where a client comes from", () => {
  it.each([
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["::FFFF:c000:207", "192.0.2.7"],
    ["0:0:0:0:0:ffff:192.0.2.7", "192.0.2.7"],
    ["2001:db8::7:8", "2001:db8:0:0"],
    ["2001:DB8:0000:0:9:a:b:c", "2001:db8:0:0"],
    ["2001:db8:0:1::", "2001:db8:0:1"],
    ["1:2:3:4:5:6:7::", "1:2:3:4"],
    ["::", "0:0:0:0"],
    ["::1", "0:0:0:0"],
    ["64:ff9b::192.0.2.7", "64:ff9b:0:0"],
  ])("of %s is %s", (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  it.each([
    undefined,
    "",
    "unknown",
    "192.0.2",
    "192.0.2.256",
    "192.0.2.07",
    "192.0.2.7 ",
    "fe80::1%eth0",
    ":::",
    "1:2:3:4:5:6:7:8:9",
    "192.0.2.7, 192.0.2.8",
  ])("is nowhere for %s", (address) => {
    expect(networkOf(address)).toBeUndefined();
  });

  it("is the same for all spellings of an address", () => {
    const group = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 0xffff }));
    const groups = fc.array(group, { minLength: 8, maxLength: 8 });
    void fc.assert(
      fc.property(groups, (all) => {
        const whole = all.map((each) => each.toString(16).padStart(4, "0")).join(":");
        const shortest = new URL(`http://[${whole}]/`).hostname.slice(1, -1);
        const network = networkOf(whole);
        expect(network).toBeDefined();
        expect(networkOf(shortest)).toBe(network);
        expect(networkOf(shortest.toUpperCase())).toBe(network);
      }),
    );
  });
});
