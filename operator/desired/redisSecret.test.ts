import { describe, expect, it } from "@jest/globals";
import { hitCounterWith, inputsFor } from "../testing/fixtures.ts";
import { exporterPassword, passwordIn, redisSecret } from "./redisSecret.ts";

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

describe("the exporter's password", () => {
  const inputs = inputsFor(hitCounterWith());
  const { data } = redisSecret(inputs);
  const decoded = (key: string) => Buffer.from(data?.[key] ?? "", "base64").toString("utf8");

  it("is another than that of Redis, and another with another one", () => {
    expect(decoded("exporter-password")).toBe(exporterPassword(inputs.redisPassword));
    expect(decoded("exporter-password")).not.toContain(inputs.redisPassword);
    expect(exporterPassword("another-password-for-redis")).not.toBe(exporterPassword(inputs.redisPassword));
  });

  it("is known to Redis by its hash alone, and lets nothing be asked but INFO, as backups may only copy, whether or not they are wanted", () => {
    const [requirepass, user, backups] = decoded("auth.conf").trimEnd().split("\n");
    expect(requirepass).toBe(`requirepass ${inputs.redisPassword}`);
    expect(user).toMatch(/^user exporter on #[0-9a-f]{64} -@all \+info$/);
    expect(backups).toMatch(/^user backup on #[0-9a-f]{64} -@all \+sync \+replconf$/);
    const backup = { schedule: "@daily" };
    const wanted = inputsFor(hitCounterWith({ monitoring: { enabled: true }, backup }));
    expect(redisSecret(wanted)).toEqual(redisSecret(inputs));
  });
});

it("has the count to begin at only where it is another than 0", () => {
  const dataOf = (initialHits: number) => redisSecret(inputsFor(hitCounterWith({ initialHits }))).data;
  expect(dataOf(0)).not.toHaveProperty("initial-hits");
  expect(Buffer.from(dataOf(5)?.["initial-hits"] ?? "", "base64").toString()).toBe("5\n");
});
