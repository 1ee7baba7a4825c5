import { spawn } from "node:child_process";
import { asInItsImage } from "../../tools/dockerfile.ts";

/** A counter as a process of its own. */
export interface CounterProcess {
  /** Its process id; undefined if it could not be started. */
  pid: number | undefined;
  /** Waits for the line of its log with this `msg` and returns it. */
  logged(msg: string): Promise<Record<string, unknown>>;
  /** All that it has logged. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
  /** Its exit code, once it has ended. */
  ended: Promise<number | null>;
}

/**
 * Starts a counter as its image does, from the bundle that was made before, with these environment variables and no others;
 * ask `logged("Serving")` for its port.
 */
export function startCounter(env: Record<string, string>): CounterProcess {
  const [node, ...args] = asInItsImage("counter").command;
  const child = spawn(node, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  return {
    pid: child.pid,
    async logged(msg) {
      for (;;) {
        const lines = output.slice(0, output.lastIndexOf("\n") + 1).split("\n");
        const entries = lines.filter((line) => line !== "").map((line) => JSON.parse(line));
        const found = entries.find((entry) => entry.msg === msg);
        if (found !== undefined) {
          return found;
        }
        if (child.exitCode !== null) {
          throw new Error(`The counter ended with ${child.exitCode} and never logged "${msg}":\n${output}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    output: () => output,
    kill: (signal) => void child.kill(signal),
    ended: new Promise((resolve) => child.on("close", resolve)),
  };
}
