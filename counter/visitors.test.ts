import { describe, expect, it } from "@jest/globals";
import { type LookAnswer, readVisitors } from "./look.ts";
import { serveApp } from "./testing/serveApp.ts";
import { createVisitors } from "./visitors.ts";

const DAY_MS = 86_400_000;
const TODAY = 20_783;
const NOON = TODAY * DAY_MS + DAY_MS / 2;

const setUp = (salts: Record<number, string> = { [TODAY]: "salt", [TODAY + 1]: "another" }) => {
  const clock = { time: NOON };
  const uncounted: [string, number][] = [];
  const visitors = createVisitors({
    saltOf: (day) => salts[day],
    now: () => clock.time,
    onUncounted: (...what) => void uncounted.push(what),
  });
  const told = (...addresses: (string | undefined)[]) =>
    visitors.sightings(addresses.map((address) => ({ address })));
  return { clock, uncounted, visitors, told };
};

describe("what is told of visitors", () => {
  it("is a register and a rank of each, once a day", () => {
    const { told, clock } = setUp();
    const first = told("192.0.2.1", "192.0.2.1", "192.0.2.2");
    expect(first?.day).toBe(TODAY);
    expect(first?.places).toMatch(/^\d{1,5} \d{1,2} \d{1,5} \d{1,2} $/);
    expect(told("192.0.2.2", "192.0.2.1")).toBeUndefined();
    expect(told("192.0.2.3")?.places).toMatch(/^\d+ \d+ $/);
    clock.time += DAY_MS;
    const next = told("192.0.2.1", "192.0.2.2");
    expect(next?.day).toBe(TODAY + 1);
    expect(next?.places).not.toBe(first?.places);
  });

  it("is the same for all ways in which a client may be written", () => {
    for (const [one, other] of [
      ["192.0.2.1", "::ffff:192.0.2.1"],
      ["2001:db8::7", "2001:DB8::0:8:9"],
    ]) {
      expect(setUp().told(one)).toEqual(setUp().told(other));
      expect(setUp().told(one, other)?.places).toBe(setUp().told(one)?.places);
    }
    expect(setUp().told("2001:db8::1")).not.toEqual(setUp().told("2001:db8:0:1::1"));
  });

  it("depends on the salt", () => {
    const other = setUp({ [TODAY]: "other" });
    expect(other.told("192.0.2.1")).not.toEqual(setUp().told("192.0.2.1"));
  });

  it("is told again once it is forgotten, and in the first minutes of a day, in which Redis may not have begun it", () => {
    const { told, visitors, clock } = setUp();
    const first = told("192.0.2.1");
    visitors.forget();
    expect(told("192.0.2.1")).toEqual(first);
    clock.time = (TODAY + 1) * DAY_MS;
    const next = told("192.0.2.1", "192.0.2.1");
    expect(next?.places).toMatch(/^\d+ \d+ $/);
    clock.time += 299_999;
    expect(told("192.0.2.1")).toEqual(next);
    clock.time += 1;
    expect(told("192.0.2.1")).toBeUndefined();
  });

  it("is nothing where there is no salt or no address, which is noted", () => {
    const { told, uncounted, clock } = setUp({ [TODAY]: "salt" });
    expect(told(undefined, "unknown", "192.0.2.1")?.places).toMatch(/^\d+ \d+ $/);
    clock.time += DAY_MS;
    expect(told("192.0.2.1", "192.0.2.2")).toBeUndefined();
    expect(uncounted).toEqual([
      ["address", 1],
      ["address", 1],
      ["salt", 2],
    ]);
  });
});

describe("visitors by day", () => {
  const read = (...answer: LookAnswer) => readVisitors([42, NOON / 1000, ...answer]);
  const days = (all: Record<number, number>) =>
    Object.entries(all).map(([day, visitors]) => ({
      from: new Date(Number(day) * DAY_MS).toISOString(),
      visitors,
    }));

  it("are today's by the open registers, and the days before, oldest first", () => {
    const fields = [`${TODAY - 1}`, "2 1", "open", `${TODAY}`, `${TODAY - 3}`, "1", `${TODAY - 2}`, ""];
    expect(read("\0\u0001\0\u0003", ...fields)).toEqual({
      hits: 42,
      visitors: 2,
      days: days({ [TODAY - 3]: 1, [TODAY - 2]: 0, [TODAY - 1]: 3 }),
    });
  });

  it("are nobody's yet today where the day that is open is an earlier one", () => {
    const told = read("\u0001", "open", `${TODAY - 1}`);
    expect(told).toEqual({ hits: 42, visitors: 0, days: days({ [TODAY - 1]: 1 }) });
    expect(read("")).toEqual({ hits: 42, visitors: 0, days: [] });
  });

  it("are those of two years", () => {
    const told = read("", `${TODAY - 731}`, "1", `${TODAY - 730}`, "1", `${TODAY + 1}`, "1");
    expect(told.days).toEqual(days({ [TODAY - 730]: 1 }));
  });
});

describe("the web app", () => {
  it("tells of each hit who it is from, and of visitors where they are counted", async () => {
    const told: unknown[] = [];
    let looks = 0;
    const app = await serveApp({
      next: async (_wanted, { address } = {}) => told.push(address),
      visitors: async () => {
        looks += 1;
        return { hits: 3, visitors: 2, days: [] };
      },
    });
    try {
      for (const path of ["/", "/p/about", "/?x"]) {
        await app.ask(path, { headers: { "X-Real-IP": "192.0.2.7" } });
      }
      await app.ask("/");
      expect(told).toEqual(["192.0.2.7", "192.0.2.7", "192.0.2.7", undefined]);
      expect(await (await app.ask("/hits?visitors")).json()).toEqual({ hits: 3, visitors: 2, days: [] });
      expect(await (await app.ask("/hits?visitors=1")).json()).toEqual({ hits: 0 });
      expect(looks).toBe(1);
    } finally {
      await app.close();
    }
  });
});
