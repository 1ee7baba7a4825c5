import { connect } from "node:net";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { usageOf } from "../../../bench/support/processUsage.ts";
import { type Counter, startCounterOnPort } from "../../support/counters.ts";
import { tell } from "../../support/findings.ts";
import { getOnce } from "../../support/get.ts";
import { type RawInput, rawInputs } from "../../support/rawInputs.ts";
import { type RedisServer, startRedisServer } from "../../support/redisServer.ts";
import { sizeOf } from "../../support/size.ts";
import { until } from "../../support/until.ts";

const inputs = sizeOf("FUZZ_INPUTS", { test: 12_000, soak: 500_000 });
const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000);
/** Sent before memory is first looked at: by then the program has compiled and allocated what it needs. */
const WARM_UP = 8_000;
const AT_ONCE = 100;
/** A hit's answer: the sentence as text or as a page's title, or JSON, which is not `/hits`'s where it has other forms. */
const A_NUMBER =
  /Holla! we have hit \d+ times(?:\n|<\/title>)|<title>hits: \d+<\/title>|^Vary: Accept\r\n(?:.+\r\n)+\r\n\{"hits":\d+\}/gm;
/** A client that has heard nothing for this long, on a connection that stays open, asks whether it has its answers (ms). */
const QUIET = 50;

/** A bound that V8 has to keep to: garbage that it may leave lying looks like a leak, and a leak ends the process. */
const WITHOUT_GARBAGE = { NODE_OPTIONS: "--max-old-space-size=48" };

let redis: RedisServer;
let counter: Counter;
beforeAll(async () => {
  redis = await startRedisServer({ password: true });
  counter = await startCounterOnPort({ ...redis.env, ...WITHOUT_GARBAGE });
}, 600_000);
afterAll(async () => {
  await counter?.end("SIGKILL");
  await redis?.remove();
});

const total = async () => Number((await redis.command("get", "hits")) || 0);

/** The counter's connections, by what it says of itself: to Redis, to whoever asks, and to clients. */
const connections = async () => {
  const answer = await fetch(`http://127.0.0.1:${counter.port}/metrics`, {
    headers: { Connection: "close" },
  });
  const sockets = /^nodejs_active_resources\{type="TCPSocketWrap"\} (\d+)$/m.exec(await answer.text())?.[1];
  return Number(sockets);
};

/** Resident memory of the counter (MiB), once it has let go of every client. */
const resident = async () => {
  await until("no client is left", async () => (await connections()) === 2, { everyMs: 50 });
  return (await usageOf(counter.process.pid ?? 0)).rssBytes / 2 ** 20;
};

let asking: Promise<void> | undefined;
/**
 * Resolves when every answer has come to all that the counter was sent before: who asks for the count gets it after those
 * whose hits came first. Those who ask at once ask together.
 */
const answered = () => {
  asking ??= sleep(5).then(async () => {
    asking = undefined;
    await getOnce(`http://127.0.0.1:${counter.port}/hits`).catch(() => {}); // a counter that is gone is found out later
    await turn(); // what came with this answer is read
  });
  return asking;
};
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Sends an input; resolves to all that came back. */
const send = ({ bytes, parts, leaves }: RawInput) =>
  new Promise<string>((resolve) => {
    const socket = connect(counter.port, "127.0.0.1");
    let reply = "";
    socket.setEncoding("latin1").on("data", (text: string) => {
      reply += text;
    });
    socket.on("error", () => {}); // "close" follows
    socket.on("close", () => resolve(reply));
    socket.on("end", () => socket.destroy());
    const ends = [...parts, bytes.length];
    const sendNext = (from: number) => {
      const to = ends.shift();
      if (to !== undefined) {
        socket.write(bytes.subarray(from, to), () => setImmediate(sendNext, to));
      } else if (leaves) {
        socket.destroy();
      } else {
        socket.setTimeout(QUIET).once("timeout", () => void answered().then(() => socket.destroy()));
      }
    };
    socket.once("connect", () => sendNext(0));
  });

const occurrences = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;

/** What inputs did to the count, as far as their senders could tell. */
interface Outcome {
  acknowledged: number;
  /** Hits that may have been counted for clients that did not wait for every answer. */
  possible: number;
  serverErrors: string[];
}

/** Sends inputs, many at once. */
const sendAll = async (all: Iterable<RawInput>): Promise<Outcome> => {
  const outcome: Outcome = { acknowledged: 0, possible: 0, serverErrors: [] };
  const rest = all[Symbol.iterator]();
  const sender = async () => {
    for (let next = rest.next(); !next.done; next = rest.next()) {
      const reply = await send(next.value);
      const acknowledged = occurrences(reply, A_NUMBER);
      const whole = occurrences(next.value.bytes.toString("latin1"), /GET/g);
      outcome.acknowledged += acknowledged;
      if (next.value.leaves) outcome.possible += Math.max(0, whole - acknowledged);
      outcome.serverErrors.push(...(reply.match(/^HTTP\/1\.1 5\d\d[^\r]*/gm) ?? []));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sender));
  return outcome;
};

describe(`a counter that is sent any bytes (FUZZ_SEED=${seed})`, () => {
  it("counts nothing that is not a hit", async () => {
    const before = await total();
    const never = [...rawInputs(inputs, seed)].filter((input) => input.never);
    const { acknowledged, serverErrors } = await sendAll(never);
    tell("fuzz", `${never.length} inputs without a hit: ${(await total()) - before} counted`);
    expect({ counted: (await total()) - before, acknowledged, serverErrors }).toEqual({
      counted: 0,
      acknowledged: 0,
      serverErrors: [],
    });
  });

  it("counts each hit that it answers once, lives on and keeps to its memory", async () => {
    const { pid } = counter.process;
    await sendAll(rawInputs(WARM_UP, seed + 1));
    const memoryBefore = await resident();
    const before = await total();
    const { acknowledged, possible, serverErrors } = await sendAll(rawInputs(inputs, seed));
    const counted = (await total()) - before;
    const memory = await resident();
    tell(
      "fuzz",
      `${inputs} inputs: ${acknowledged} hits acknowledged, ${counted} counted, ${possible} more from clients that left; ` +
        `memory ${memoryBefore.toFixed(0)} MiB, then ${memory.toFixed(0)} MiB`,
    );
    expect(memory).toBeLessThan(memoryBefore * 1.1);
    expect(serverErrors).toEqual([]);
    expect(acknowledged).toBeGreaterThan(inputs / 20);
    expect(counted).toBeGreaterThanOrEqual(acknowledged);
    expect(counted).toBeLessThanOrEqual(acknowledged + possible);
    const { status, body } = await getOnce(`http://127.0.0.1:${counter.port}/`);
    expect({ status, body }).toEqual({
      status: 200,
      body: `Holla! we have hit ${before + counted + 1} times\n`,
    });
    expect(counter.process.pid).toBe(pid);
  });
});
