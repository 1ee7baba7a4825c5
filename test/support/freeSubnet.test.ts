import { describe, expect, it } from "@jest/globals";
import { freeSubnet } from "./freeSubnet.ts";

describe("a free subnet", () => {
  it("is where it was looked for first, if nothing is there", () => {
    expect(freeSubnet(["10.88.0.0/16", "192.168.1.1/24", "::1/128"], 0x1234)).toBe("10.146.52");
  });
  it.each([
    ["just that", "10.146.52.0/24"],
    ["a part of it", "10.146.52.128/25"],
    ["an address in it", "10.146.52.7/32"],
    ["one that it is a part of", "10.146.52.0/23"],
  ])("is the next one, where %s is taken", (_, taken) => {
    expect(freeSubnet([taken], 0x1234)).toBe(taken.endsWith("/23") ? "10.146.54" : "10.146.53");
  });
  it("is looked for from the beginning again, past the end", () => {
    expect(freeSubnet(["10.255.255.0/24"], 0x7fff)).toBe("10.128.0");
  });
  it("is none where all are taken", () => {
    expect(() => freeSubnet(["10.0.0.0/8"], 7)).toThrow("every network of 10.128.0.0/9 is taken");
  });
});
