import { describe, expect, it } from "@jest/globals";
import { ROTATE_PASSWORD } from "../../desired/names.ts";
import { firstPasswords, loginsOf, type Passwords } from "../../desired/passwords.ts";
import { digestOf, redisUsers } from "../../desired/redisUsers.ts";
import { hitCounterWith, numbered } from "../../testing/fixtures.ts";
import { FORMER_MS, type RotationEvidence, rotated } from "./rotation.ts";

const begin = new Date("2026-01-02T03:04:05.000Z");
const at = (ms: number) => new Date(begin.getTime() + ms);
const HOUR = 3_600_000;
const passwords = firstPasswords(numbered(), begin);
const has = (of: Passwords, connected: Record<string, string[]> = {}) => ({
  has: digestOf(redisUsers(of)),
  connected,
});
const asked = (value: string, spec = {}) => {
  const hitCounter = hitCounterWith(spec);
  return { ...hitCounter, metadata: { ...hitCounter.metadata, annotations: { [ROTATE_PASSWORD]: value } } };
};
const step = (of: Passwords, evidence: Partial<RotationEvidence>) =>
  rotated(
    of,
    {
      hitCounter: asked("2026-01-02"),
      namedPassword: undefined,
      answer: has(of),
      counterAddresses: [],
      now: begin,
      ...evidence,
    },
    numbered("new"),
  );

describe("a rotation", () => {
  it("goes from one user to the other, a step at a time, and each only once Redis has the last", () => {
    const counterAddresses = ["10.0.0.1", "10.0.0.2"];
    const told = step(passwords, { now: at(1) });
    expect(told).toMatchObject({
      current: passwords.current,
      next: { user: "counter-b" },
      answered: "2026-01-02",
    });
    expect(step(told, { answer: has(passwords) })).toBe(told);
    expect(step(told, { answer: { failure: "away" } })).toBe(told);
    expect(step(told, { answer: undefined })).toBe(told);

    const used = step(told, { now: at(2) });
    expect(used).toMatchObject({ current: told.next, former: passwords.current });
    const waits = (connected: Record<string, string[]>) =>
      step(used, { answer: has(used, connected), counterAddresses, now: at(3) }) === used;
    expect(waits({})).toBe(true); // Redis has just started
    expect(waits({ "counter-b": ["10.0.0.1"] })).toBe(true);
    expect(waits({ "counter-b": counterAddresses, "counter-a": ["10.0.0.9"] })).toBe(true);
    const over = step(used, {
      answer: has(used, { "counter-b": counterAddresses }),
      counterAddresses,
      now: at(3),
    });
    expect(over).toEqual({
      lineage: passwords.lineage,
      answered: "2026-01-02",
      current: told.next,
      formerOperator: passwords.current.operator,
    });
    expect(JSON.stringify(over)).not.toContain(passwords.current.password);
    expect(step(over, {})).toBe(over);
  });

  it("lets the operator in at every step, also where Redis is a step behind", () => {
    const told = step(passwords, {});
    const used = step(told, {});
    const over = step(used, { now: at(FORMER_MS) });
    for (const [earlier, later] of [
      [passwords, told],
      [told, used],
      [used, over],
      [passwords, over],
    ] as const)
      expect(loginsOf(later)).toContain(earlier.current.operator);
  });

  it("refuses the former password after ten minutes, whoever uses it", () => {
    const used = step(step(passwords, {}), {});
    const evidence = { answer: has(used, { "counter-a": ["10.0.0.1"] }), counterAddresses: ["10.0.0.1"] };
    expect(step(used, { ...evidence, now: at(FORMER_MS - 1) })).toBe(used);
    expect(step(used, { ...evidence, now: at(FORMER_MS) })).toMatchObject({ current: { user: "counter-b" } });
    expect(step(used, { ...evidence, now: at(FORMER_MS) }).former).toBeUndefined();
  });

  it.each<[string, Partial<RotationEvidence>, Passwords, boolean]>([
    ["another value of the annotation", {}, { ...passwords, answered: "2026-01-01" }, true],
    ["the same value", {}, { ...passwords, answered: "2026-01-02" }, false],
    ["no annotation", { hitCounter: hitCounterWith() }, passwords, false],
    [
      "an age below that of the schedule",
      { hitCounter: hitCounterWith({ redis: { auth: { rotateAfter: "1h30m" } } }), now: at(1.5 * HOUR - 1) },
      passwords,
      false,
    ],
    [
      "the age of the schedule",
      { hitCounter: hitCounterWith({ redis: { auth: { rotateAfter: "1h30m" } } }), now: at(1.5 * HOUR) },
      passwords,
      true,
    ],
    [
      "another password in a Secret that is named",
      {
        hitCounter: hitCounterWith({ redis: { auth: { secretName: "own" } } }),
        namedPassword: "a-password-of-ones-own",
      },
      passwords,
      true,
    ],
    [
      "the same password there, whatever the annotation says",
      {
        hitCounter: asked("2027", { redis: { auth: { secretName: "own" } } }),
        namedPassword: passwords.current.password,
      },
      passwords,
      false,
    ],
    [
      "a Secret that could not be read",
      { hitCounter: hitCounterWith({ redis: { auth: { secretName: "own" } } }) },
      passwords,
      false,
    ],
    [
      "a Secret that is no longer named",
      { hitCounter: hitCounterWith() },
      { ...passwords, current: { ...passwords.current, secretName: "own" } },
      true,
    ],
  ])("begins, or not, by %s", (_title, evidence, of, begins) => {
    expect(step(of, evidence).next !== undefined).toBe(begins);
  });
});
