import { once } from "node:events";
import { Worker } from "node:worker_threads";

/** How late this machine does what is due, as one does that has more to do than it can. */
export interface Lateness {
  /** What came late since the beginning, added up (ms). A time that a product needed is longer by no more than its part of it. */
  totalMs(): number;
  /** Looks no more. */
  stop(): Promise<void>;
}

/** A thread that sleeps again and again; a sleep that ends within a millisecond of its time is in time. */
const SLEEPER = `
  const { parentPort, workerData: { total, stopped } } = require("node:worker_threads");
  const EVERY_MS = 10;
  let began = performance.now();
  parentPort.postMessage("begun");
  while (Atomics.wait(stopped, 0, 0, EVERY_MS) === "timed-out") {
    const now = performance.now();
    total[0] += Math.max(0, now - began - EVERY_MS - 1);
    began = now;
  }`;

/**
 * Watches how late timers end, in a thread of its own: what a test does meanwhile holds nothing up. By this much, a
 * promise in seconds may be missed before it is the product's fault.
 */
export async function watchLateness(): Promise<Lateness> {
  const total = new Float64Array(new SharedArrayBuffer(8));
  const stopped = new Int32Array(new SharedArrayBuffer(4));
  const sleeper = new Worker(SLEEPER, { eval: true, execArgv: [], workerData: { total, stopped } });
  const ended = once(sleeper, "exit");
  await once(sleeper, "message");
  sleeper.unref();
  return {
    totalMs: () => total[0] ?? 0,
    async stop() {
      Atomics.store(stopped, 0, 1);
      Atomics.notify(stopped, 0);
      sleeper.ref();
      await ended;
    },
  };
}
