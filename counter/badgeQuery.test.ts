import { describe, expect, it } from "@jest/globals";
import { BadBadge, readBadge } from "./badgeQuery.ts";

const plain = { label: "hits", color: "blue", labelColor: "grey", style: "flat" };
const COLOURS =
  "one of brightgreen, green, yellowgreen, yellow, orange, red, blue, grey, gray, lightgrey, lightgray, success, " +
  "important, critical, informational, inactive, or 3 or 6 hexadecimal digits without #";
const TEXT = "text of 1 to 64 characters, without control characters";

describe("a badge's query", () => {
  it.each([
    ["", {}],
    ["?", {}],
    ["?&&", {}],
    ["?count=false", {}],
    ["?count=true", {}],
    ["?label=visits", { label: "visits" }],
    ["?label=a+b%2Bc", { label: "a b+c" }],
    ["?label=%20a%20", { label: "a" }],
    ["?label=%3Cscript%3E%26", { label: "<script>&" }],
    ["?label=%D7%9B%D7%A0%D7%99%D7%A1%D7%95%D7%AA", { label: "כניסות" }],
    ["?label=e%CC%81", { label: "e\u0301" }],
    ["?label=%F0%9F%91%A9%E2%80%8D%F0%9F%92%BB", { label: "👩‍💻" }],
    [`?label=${encodeURIComponent("🦉".repeat(64))}`, { label: "🦉".repeat(64) }],
    ["?color=red&labelColor=0aF", { color: "red", labelColor: "0aF" }],
    ["?color=00ff7F", { color: "00ff7F" }],
    ["?style=for-the-badge", { style: "for-the-badge" }],
  ])("is read: %s", (query, expected) => {
    expect(readBadge(query)).toEqual({ ...plain, ...expected });
  });

  it.each([
    ["?label=", `label must be ${TEXT}, not "".`],
    ["?label", `label must be ${TEXT}, not "".`],
    ["?label=%20", `label must be ${TEXT}, not " ".`],
    [`?label=${"x".repeat(65)}`, `label must be ${TEXT}, not "${"x".repeat(65)}".`],
    ["?label=a%00b", `label must be ${TEXT}, not "a\\u0000b".`],
    ["?label=a%0Ab", `label must be ${TEXT}, not "a\\nb".`],
    ["?label=a%EF%BF%BF", `label must be ${TEXT}, not "a\uffff".`],
    ["?label=%E2%80%AEa", `label must be ${TEXT}, not "\u202ea".`],
    ["?label=100%", '"label" must be UTF-8, percent-encoded, with % itself as %25.'],
    ["?label=%FF", '"label" must be UTF-8, percent-encoded, with % itself as %25.'],
    ["?label=%ED%A0%80", '"label" must be UTF-8, percent-encoded, with % itself as %25.'],
    ["?%zz=1", '"%zz" must be UTF-8, percent-encoded, with % itself as %25.'],
    ["?color=", `color must be ${COLOURS}, not "".`],
    ["?color=%23fff", `color must be ${COLOURS}, not "#fff".`],
    ["?color=ffff", `color must be ${COLOURS}, not "ffff".`],
    ["?color=constructor", `color must be ${COLOURS}, not "constructor".`],
    ["?color=url(%23s)", `color must be ${COLOURS}, not "url(#s)".`],
    ["?labelColor=Red", `labelColor must be ${COLOURS}, not "Red".`],
    ["?style=round", 'style must be one of flat, flat-square, plastic, for-the-badge, social, not "round".'],
    ["?count=0", 'count must be one of true, false, not "0".'],
    ["?count", 'count must be one of true, false, not "".'],
    ["?colour=red", 'There is no parameter "colour": there are label, color, labelColor, style, count.'],
    ["?__proto__=1", 'There is no parameter "__proto__": there are label, color, labelColor, style, count.'],
    ["?=1", 'There is no parameter "": there are label, color, labelColor, style, count.'],
    ["?a=1&amp;b=2", 'There is no parameter "a": there are label, color, labelColor, style, count.'],
    ["?label=a&label=b", '"label" must be given once.'],
    ["?count=false&count=true", '"count" must be given once.'],
    [`?label=${"%41".repeat(400)}`, "The query must have 1024 characters at most."],
  ])("is refused in words that name what is wrong: %s", (query, sentence) => {
    expect(() => readBadge(query)).toThrow(new BadBadge(sentence));
  });
});
