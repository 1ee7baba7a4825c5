import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { batchCall } from "../batch.ts";
import { Refused, Unconfirmed, Unsent } from "../link.ts";
import { threeByHand } from "../testing/threeByHand.ts";

beforeEach(() => void jest.useFakeTimers({ doNotFake: ["nextTick", "queueMicrotask", "setImmediate"] }));
const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
  jest.useRealTimers();
});

const tick = () => void jest.advanceTimersByTime(5);
const batch = (seq: number) => batchCall({ writer: "w", seq }, [{}], { floor: 0, raiseFrom: 0 });
const start = async () => {
  const three = threeByHand();
  cleanups.push(three.link.close);
  const ready = () => three.ready(tick);
  /** Sends a batch, and returns its answer or what it failed with. */
  const send = (seq = 1) => three.link.evaluate(batch(seq)).catch((error: unknown) => error);
  await ready();
  return { ...three, ready, send };
};

describe("the link to three copies", () => {
  it("has one connection, to the primary, and calls it in its term", async () => {
    const { a, b, c, send, finds } = await start();
    expect([a, b, c].map(({ open }) => open.size)).toEqual([1, 0, 0]);
    expect(await send()).toEqual([1]);
    expect(a.writes).toEqual([{ call: batch(1), term: "8 a" }]);
    expect(finds).toEqual(["found"]);
  });

  it.each<[string, (three: Awaited<ReturnType<typeof start>>) => void]>([
    ["no other copy has it", ({ a }) => void Object.assign(a, { disks: [1, 0] })],
    ["it is not on the primary's own disk", ({ a }) => void Object.assign(a, { disks: [0, 1] })],
    ["the term changed meanwhile", ({ a }) => void Object.assign(a, { held: ["16 b", "16"] })],
    ["the fence changed meanwhile", ({ a }) => void Object.assign(a, { held: ["8 a", "16"] })],
  ])("tells nobody an answer where %s, and finds the primary again", async (_case, spoil) => {
    const three = await start();
    spoil(three);
    expect(await three.send()).toBeInstanceOf(Unconfirmed);
    expect(three.link.isReady()).toBe(false);
    expect(three.a.open.size).toBe(0);
    Object.assign(three.a, { disks: [1, 1], held: undefined });
    await three.ready();
    expect(await three.send()).toEqual([1]);
    expect(three.finds).toEqual(["found", "found"]);
  });

  it.each(["FENCED another term has begun", "READONLY You can't write against a read only replica."])(
    "finds the new primary when the old one answers %s",
    async (words) => {
      const { a, b, ready, send, promote, link } = await start();
      a.script = words;
      promote("b", 16);
      expect(await send()).toBeInstanceOf(Refused);
      expect(link.isReady()).toBe(false);
      await ready();
      expect(await send()).toEqual([1]);
      expect(b.writes).toEqual([{ call: batch(1), term: "16 b" }]);
    },
  );

  it("stays with a primary that refuses for another reason", async () => {
    const { a, send, link, finds } = await start();
    a.script = "OOM command not allowed";
    expect(await send()).toEqual(new Refused("OOM command not allowed"));
    expect(link.isReady()).toBe(true);
    expect(finds).toHaveLength(1);
  });

  it("finds again when its connection ends, idle or not, and sends nothing twice by itself", async () => {
    const { a, ready, send } = await start();
    const [idle] = a.open;
    idle?.cut();
    expect(await send()).toBeInstanceOf(Unsent);
    await ready();
    const sent = send();
    const [busy] = a.open;
    busy?.cut();
    expect(await sent).toEqual(new Error("ECONNRESET"));
    await ready();
    expect(a.writes).toHaveLength(1);
  });

  it("takes the later of two that claim to be primary, and never goes back to an earlier term", async () => {
    const { a, b, c, ready, send, finds, link } = await start();
    b.said = { role: "master", term: "16 b", fence: "16" };
    for (const each of a.open) each.cut();
    await ready();
    await send();
    expect(b.writes).toHaveLength(1);
    b.said = "refuses";
    c.said = "refuses";
    for (const each of b.open) each.cut();
    for (let turns = 0; !finds.includes("none") && turns < 500; turns++) {
      tick();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(finds.at(-1)).toBe("none");
    expect(link.isReady()).toBe(false);
    expect(a.writes).toHaveLength(0);
  });

  it("waits for no silent copy where two know of no later term, and for any for 400 ms at most", async () => {
    const { a, b, c, ready } = await start();
    c.said = "silent";
    let since = Date.now();
    for (const each of a.open) each.cut();
    await ready();
    expect(Date.now() - since).toBeLessThan(100);
    b.said = "silent";
    since = Date.now();
    for (const each of a.open) each.cut();
    await ready();
    expect(Date.now() - since).toBeGreaterThanOrEqual(400);
    expect(Date.now() - since).toBeLessThan(600);
    expect([b.open.size, c.open.size]).toEqual([0, 0]);
  });

  it("looks ever less often for a primary that is not there, up to four times a second", async () => {
    const { a, b, c, finds } = await start();
    for (const each of [a, b, c]) each.said = "refuses";
    for (const each of a.open) each.cut();
    for (let ms = 0; ms < 2000; ms += 5) {
      tick();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const tries = finds.filter((result) => result === "none").length;
    expect(tries).toBeGreaterThan(8);
    expect(tries).toBeLessThan(20);
  });

  it("logs what is wrong once, and that Redis confirms again", async () => {
    const { a, ready, send, logged } = await start();
    a.disks = [1, 0];
    for (const _time of [1, 2, 3]) {
      await send();
      await ready();
    }
    a.disks = [1, 1];
    await send();
    expect(logged.map(([msg]) => msg)).toEqual([
      "Found the primary of Redis",
      "Left the primary of Redis",
      "Redis confirms again",
    ]);
  });

  it("brings its credentials to each copy, and new ones to the connection there is", async () => {
    const { a, b, become, logged, link } = await start();
    const [before, after] = [
      { username: "counter-a", password: "old" },
      { username: "counter-b", password: "new" },
    ];
    expect([...a.users, ...b.users]).toEqual([before, before]);
    become(after);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(a.users.at(-1)).toEqual(after);
    expect(link.isReady()).toBe(true);
    expect(JSON.stringify(logged)).not.toMatch(/old|new/);
  });

  it("asks nobody any more once it is closed", async () => {
    const { a, b, c, link, finds } = await start();
    link.close();
    await jest.advanceTimersByTimeAsync(5_000);
    expect(finds).toHaveLength(1);
    expect([a, b, c].map(({ open }) => open.size)).toEqual([0, 0, 0]);
  });

  it("asks for the primary where another copy follows it, and the next time where it is looked up", async () => {
    const { a, b, c, places, ready } = await start();
    places.length = 0;
    const follows = { host: "127.0.0.2", port: 6379 };
    b.said = { role: "slave", term: "16 c", fence: "16", follows };
    a.said = "refuses";
    c.said = "refuses";
    for (const connection of a.open) connection.cut();
    for (let turns = 0; turns < 200 && places.length < 12; turns += 1) {
      tick();
      await new Promise(setImmediate);
    }
    const third = places.filter((place) => place.startsWith("c "));
    expect(third.slice(0, 3)).toEqual(["c at 127.0.0.1:1", "c at 127.0.0.2:6379", "c at 127.0.0.1:1"]);
    c.said = { role: "master", term: "16 c", fence: "16" };
    await ready();
  });
});
