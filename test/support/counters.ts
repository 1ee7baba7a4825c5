import { type CounterProcess, startCounter } from "../../counter/testing/counterProcess.ts";
import { freePort } from "./freePort.ts";
import { until } from "./until.ts";

/** A counter that comes back on its port, as a pod does behind its Service. */
export interface Counter {
  readonly port: number;
  /** The process it is now. */
  readonly process: CounterProcess;
  /** Starts it, or starts it again after it has ended, and waits until it serves. */
  start(): Promise<void>;
  /** Ends it by this signal and waits until it has ended; returns its exit code, or null. */
  end(signal: "SIGKILL" | "SIGTERM"): Promise<number | null>;
  /** Waits until a request waits for Redis. */
  untilWaiting(): Promise<void>;
}

/** Starts a counter with this environment on a port that stays its own. */
export async function startCounterOnPort(env: Record<string, string>): Promise<Counter> {
  const port = await freePort();
  let current = startCounter({ ...env, PORT: `${port}` });
  const serving = async () => {
    await current.logged("Serving");
    await until("the counter is ready", async () => (await fetch(`http://127.0.0.1:${port}/ready`)).ok, {
      everyMs: 20,
    });
  };
  await serving();
  return {
    port,
    get process() {
      return current;
    },
    async start() {
      current = startCounter({ ...env, PORT: `${port}` });
      await serving();
    },
    async end(signal) {
      current.kill(signal);
      return await current.ended;
    },
    async untilWaiting() {
      const isWaiting = async () => {
        const metrics = await fetch(`http://127.0.0.1:${port}/metrics`);
        return /^hitcounter_waiting_requests [1-9]/m.test(await metrics.text());
      };
      await until("a request waits", isWaiting, { everyMs: 20 });
    },
  };
}
