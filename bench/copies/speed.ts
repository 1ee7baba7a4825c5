import { startCounterOnPort } from "../../test/support/counters.ts";
import { type RedisEngine, startRedisServer } from "../../test/support/redisServer.ts";
import { startThreeCopies } from "../../test/support/threeCopies.ts";
import { load } from "../counter/load.ts";
import { ensureLoadClient } from "../counter/peers.ts";
import { latenciesAt } from "./latencies.ts";

/** How many ask at once for the throughput, and how often one asks for the latency (1/s). */
const [CONNECTIONS, RATE] = [64, 150];
/** Until a program that has begun is compiled. */
const WARM_SECONDS = 2;

/** What a counter does with this many copies. */
export interface Speed {
  readonly copies: 1 | 3;
  /** Answers a second over 64 connections, in each round. */
  readonly perSecond: number[];
  /** Of 150 requests a second, 99 in a hundred were answered within so many milliseconds, in each round. */
  readonly p99Ms: number[];
}

/** Puts the same load on a counter of one Redis and on one of three copies, by turns. */
export async function measureSpeed(
  engine: RedisEngine,
  rounds: number,
  seconds: number,
  tell: (what: string) => void,
): Promise<readonly Speed[]> {
  const client = await ensureLoadClient();
  const ends: (() => Promise<unknown>)[] = [];
  const started = async <T extends { env: Record<string, string>; remove(): Promise<void> }>(
    starting: Promise<T>,
  ) => {
    const { env, remove } = await starting;
    ends.push(remove);
    const counter = await startCounterOnPort(env);
    ends.push(() => counter.end("SIGKILL"));
    return counter.port;
  };
  try {
    const ports = {
      1: await started(startRedisServer({ engine })),
      3: await started(startThreeCopies(engine)),
    };
    const speeds = ([1, 3] as const).map((copies): Speed => ({ copies, perSecond: [], p99Ms: [] }));
    for (const { copies } of speeds) await ask(ports[copies], WARM_SECONDS);
    for (let round = 1; round <= rounds; round += 1) {
      for (const { copies, perSecond, p99Ms } of round % 2 ? speeds : speeds.toReversed()) {
        const fast = await ask(ports[copies], seconds);
        const p99 = await latenciesAt(`http://127.0.0.1:${ports[copies]}/`, RATE, seconds);
        perSecond.push(fast);
        p99Ms.push(p99);
        tell(
          `round ${round} of ${rounds}, ${engine}, ${copies} of it: ${fast.toFixed(0)}/s, p99 ${p99.toFixed(1)} ms`,
        );
      }
    }
    return speeds;
  } finally {
    for (const end of ends.reverse()) await end();
  }

  async function ask(port: number, duration: number): Promise<number> {
    const answers = await load({
      client,
      port,
      connections: CONNECTIONS,
      seconds: duration,
      path: "/",
      form: "nginx",
    });
    if (answers.other + answers.broken > 0)
      throw new Error(`Requests failed: ${answers.other + answers.broken}`);
    return answers.inTime / answers.seconds;
  }
}
