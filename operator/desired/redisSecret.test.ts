import { describe, expect, it } from "@jest/globals";
import { exampleSpecs } from "../api/exampleSpecs.ts";
import { hitCounterWith, inputsFor, numbered } from "../testing/fixtures.ts";
import { desiredObjects } from "./index.ts";
import { firstPasswords, type Passwords, passwordIn, passwordsIn } from "./passwords.ts";
import { redisSecret } from "./redisSecret.ts";
import { redisUsers } from "./redisUsers.ts";

const inputs = inputsFor(hitCounterWith());
const first = inputs.passwords;
const next = {
  ...firstPasswords(numbered("next-password"), new Date(0)).current,
  user: "counter-b",
} as const;
const former = { ...first.current, replacedAt: new Date(0).toISOString() };
const secretOf = (passwords: Passwords) => {
  const { data = {} } = redisSecret({ ...inputs, passwords });
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]),
  );
};
const namesOf = (passwords: Passwords) => redisUsers(passwords).map(({ name }) => name);
const hashesOf = (passwords: Passwords, of: string) =>
  redisUsers(passwords)
    .find(({ name }) => name === of)
    ?.rules.filter((rule) => rule.startsWith("#")).length;

describe("the password in a Secret of an earlier operator", () => {
  const encoded = (text: string) => ({ data: { password: Buffer.from(text).toString("base64") } });
  it("is the one that was put there", () => {
    expect(passwordIn(encoded("correct-horse-battery"))).toBe("correct-horse-battery");
  });

  it.each([
    ["no Secret", undefined],
    ["a Secret without it", {}],
    ["an empty one", encoded("")],
    ["a short one", encoded("short")],
    ["one that would be more than a word of redis.conf", encoded("sixteen-letters-\nsave 1 1")],
  ])("is not taken from %s", (_title, secret) => {
    expect(passwordIn(secret)).toBeUndefined();
    expect(passwordsIn(secret)).toBeUndefined();
  });
});

describe("the Secret of Redis", () => {
  it.each<[string, Passwords]>([
    ["those in use", first],
    ["those that Redis is told of", { ...first, next }],
    ["those that are replaced", { ...first, current: next, former }],
    ["those that are over", { ...first, current: next, formerOperator: first.current.operator }],
  ])("keeps the passwords as they are: %s", (_title, passwords) => {
    expect(passwordsIn(redisSecret({ ...inputs, passwords }))).toEqual(passwords);
  });

  it("shows Redis hashes alone, and who reads a password that one alone", () => {
    const secret = secretOf({ ...first, next });
    const { current } = first;
    const all = [current.password, current.operator, next.password, next.operator];
    for (const key of ["auth.conf", "username", "exporter.json", "backup-password"]) {
      for (const password of all) expect(secret[key]).not.toContain(password);
    }
    expect(secret.password).toBe(current.password);
    expect(secret.username).toBe("counter-a");
    expect(Object.keys(JSON.parse(secret["exporter.json"] ?? ""))).toEqual([
      "redis://exporter@web-redis:6379",
    ]);
  });

  it("is reached by file alone: no pod has anything of it in its environment", () => {
    for (const spec of Object.values(exampleSpecs)) {
      const objects = JSON.stringify(
        desiredObjects(inputsFor(hitCounterWith({ ...spec, monitoring: { enabled: true } }))),
      );
      expect(objects.match(/secretKeyRef|secretRef|"name":"REDISCLI_AUTH"/g)).toBeNull();
    }
  });

  it("has every pod see its own keys alone", () => {
    const seen = desiredObjects(inputsFor(hitCounterWith({ monitoring: { enabled: true } }))).flatMap(
      (object) => {
        const { template } = (object as { spec?: { template?: { spec: { volumes: object[] } } } }).spec ?? {};
        return (template?.spec.volumes ?? []).flatMap((volume) => {
          const { secret } = volume as { secret?: { secretName: string; items: { key: string }[] } };
          return secret ? [[object.metadata?.name, secret.items.map(({ key }) => key)]] : [];
        });
      },
    );
    expect(seen).toEqual([
      ["web-redis", ["auth.conf"]],
      ["web-redis", ["initial-hits", "believed-count"]],
      ["web-counter", ["username", "password"]],
      ["web-counter", ["believed-count"]],
      ["web-exporter", ["exporter.json"]],
    ]);
  });
});

describe("the users of Redis", () => {
  const always = ["default", "operator", "exporter", "backup", "probe"];
  it("are those of counters that are in use, about to be and still accepted, and always the others", () => {
    const counters = (passwords: Passwords) => namesOf(passwords).filter((name) => !always.includes(name));
    expect(counters(first)).toEqual(["counter-a"]);
    expect(counters({ ...first, next })).toEqual(["counter-a", "counter-b"]);
    expect(counters({ ...first, current: next, former })).toEqual(["counter-a", "counter-b"]);
    expect(counters({ ...first, current: next, formerOperator: "x" })).toEqual(["counter-b"]);
    for (const passwords of [first, { ...first, next }])
      expect(namesOf(passwords)).toEqual(expect.arrayContaining(always));
  });

  it("take both passwords while one takes the other's place, where there is but one user for both", () => {
    for (const user of ["default", "operator", "exporter", "backup"]) {
      expect([user, hashesOf(first, user), hashesOf({ ...first, next }, user)]).toEqual([user, 1, 2]);
      expect(hashesOf({ ...first, current: next, formerOperator: "x" }, user)).toBe(1);
    }
    expect(hashesOf({ ...first, next }, "counter-a")).toBe(1);
  });
});

it("has the count to begin at only where it is another than 0", () => {
  const dataOf = (initialHits: number) => redisSecret(inputsFor(hitCounterWith({ initialHits }))).data;
  expect(dataOf(0)).not.toHaveProperty("initial-hits");
  expect(Buffer.from(dataOf(5)?.["initial-hits"] ?? "", "base64").toString()).toBe("5\n");
});
