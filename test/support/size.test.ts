import { expect, it } from "@jest/globals";
import { sizeOf } from "./size.ts";

const sizes = { test: 6, soak: 100 };

it.each([
  ["npm test", {}, 6],
  ["npm run soak", { SOAK: "true" }, 100],
  ["a variable of its own, whichever run it is", { SOAK: "true", STEPS: "12" }, 12],
])("takes the size of %s", (_title, env, expected) => {
  expect(sizeOf("STEPS", sizes, env)).toBe(expected);
});

it.each(["many", "0", "-1", ""])("refuses %j", (wanted) => {
  expect(() => sizeOf("STEPS", sizes, { STEPS: wanted })).toThrow(`STEPS is ${wanted}: a number above 0`);
});
