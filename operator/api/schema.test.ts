import { isIP } from "node:net";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { redis } from "./redis.ts";
import { addressRange } from "./schema.ts";

const range = addressRange("spec.x");
const isRange = (text: string) => range.safeParse(text).success;
/**
 * What Node.js takes for a range, and nginx too: an address without a zone or an embedded IPv4 one, and without seven groups
 * before `::`, and a length that it can have.
 */
const isRangeForNode = (text: string) => {
  const [address = "", length = "", ...more] = text.split("/");
  const longest = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  const isMixed = address.includes(":") && address.includes(".");
  const isSeven = /^([^:]+:){7}:$/.test(address);
  return (
    more.length === 0 && !isMixed && !isSeven && /^(0|[1-9]\d*)$/.test(length) && Number(length) <= longest
  );
};

describe("a range of addresses", () => {
  it.each([
    "0.0.0.0/0",
    "10.0.0.0/8",
    "192.0.2.1/32",
    "::/0",
    "::1/128",
    "2001:db8::/32",
    "fd00:1:2:3:4:5:6:7/64",
    "1:2:3:4:5:6::/112",
    "::2:3:4:5:6:7:8/128",
    "FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF/128",
  ])("may be %s", (text) => expect(isRange(text)).toBe(true));

  it.each([
    "",
    "10.0.0.1",
    "10.0.0.0/33",
    "10.0.0/24",
    "010.0.0.0/8",
    "256.0.0.0/8",
    "10.0.0.0/08",
    "10.0.0.0/8 ",
    "all",
    "::/129",
    "1::2::3/64",
    ":::/64",
    "1:2:3:4:5:6:7:8:9/64",
    "1:2:3:4:5:6:7/64",
    "1:2:3:4:5:6:7:8::/64",
    "1:2:3:4:5:6:7::/112",
    "12345::/64",
    "::ffff:10.0.0.1/128",
    "fe80::1%eth0/64",
    "10.0.0.0/8; root /",
  ])("is not %j", (text) => expect(isRange(text)).toBe(false));

  it("is what Node.js takes for one, whatever is written", () => {
    const group = fc.constantFrom("", "0", "1", "a", "ff", "db8", "FFFF", "12345", "g");
    const ipv6 = fc.array(group, { minLength: 1, maxLength: 10 }).map((groups) => groups.join(":"));
    const octet = fc.constantFrom("0", "9", "10", "99", "100", "199", "249", "255", "256", "01", "");
    const ipv4 = fc.array(octet, { minLength: 3, maxLength: 5 }).map((octets) => octets.join("."));
    const length = fc.constantFrom(
      "0",
      "9",
      "31",
      "32",
      "33",
      "99",
      "100",
      "119",
      "127",
      "128",
      "129",
      "00",
      "",
    );
    fc.assert(
      fc.property(fc.oneof(ipv4, ipv6, fc.ipV4(), fc.ipV6()), length, (address, bits) => {
        const text = `${address}/${bits}`;
        expect([text, isRange(text)]).toEqual([text, isRangeForNode(text)]);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe("the copies of Redis", () => {
  it("are 1 or 3, and one where nothing is said", () => {
    const isTaken = (replicas: number) => redis.safeParse({ replicas }).success;
    expect([0, 1, 2, 3, 4].filter(isTaken)).toEqual([1, 3]);
    expect(redis.parse(undefined).replicas).toBe(1);
  });
});
