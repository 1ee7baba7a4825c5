import { describe, expect, it } from "@jest/globals";
import { numberIn, termIn, termText } from "./data.ts";

describe("the data", () => {
  it("has a term as its number and its holder", () => {
    const term = { number: 17, holder: "web-redis-0" };
    expect(termText(term)).toBe("17 web-redis-0");
    expect(termIn(termText(term))).toEqual(term);
  });

  it("may have no term and no number yet", () => {
    expect(termIn("")).toBeUndefined();
    expect(numberIn("")).toBe(0);
  });

  it.each(["17", "web-redis-0", "x web-redis-0"])("is not read where a term is %p", (text) => {
    expect(() => termIn(text)).toThrow("is no term");
  });

  it.each(["many", "1.5", "90071992547409930"])("is not read where a number is %p", (text) => {
    expect(() => numberIn(text)).toThrow("is no number");
  });
});
