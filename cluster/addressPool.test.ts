import { expect, test } from "@jest/globals";
import { poolAddresses } from "./addressPool.ts";

test("takes addresses from the upper end of a small network", () => {
  const pool = poolAddresses("10.89.0.5", 24, 200);
  expect(pool[0]).toBe("10.89.0.200");
  expect(pool.at(-1)).toBe("10.89.0.230");
});

test("takes addresses from the upper end of a large network", () => {
  expect(poolAddresses("172.18.0.2", 16, 160)[0]).toBe("172.18.255.160");
});
