import { describe, expect, it } from "@jest/globals";
import { hitCounterWith, inputsFor } from "../testing/fixtures.ts";
import { passwordIn, redisSecret } from "./redisSecret.ts";

describe("the password in a Secret", () => {
  it("is the one that was put there", () => {
    const inputs = inputsFor(hitCounterWith());
    expect(passwordIn(redisSecret(inputs))).toBe(inputs.redisPassword);
  });

  const encoded = (text: string) => ({ data: { password: Buffer.from(text).toString("base64") } });
  it.each([
    ["no Secret", undefined],
    ["a Secret without it", {}],
    ["an empty one", encoded("")],
    ["a short one", encoded("short")],
    ["one that would be more than a word of redis.conf", encoded("sixteen-letters-\nsave 1 1")],
  ])("is not taken from %s", (_title, secret) => {
    expect(passwordIn(secret)).toBeUndefined();
  });
});
