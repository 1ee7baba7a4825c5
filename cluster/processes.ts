import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import process from "node:process";

/** A process with a log file. */
export interface LoggedProcess {
  /** Its program, as messages name it. */
  name: string;
  child: ChildProcess;
  log: string;
}

/** Beyond what any program needs, on a machine that is slow too. */
const READY_SECONDS = 180;

/** Starts a program, with these environment variables more, whose output goes to the end of a log file. */
export function startLogged(
  name: string,
  program: string,
  args: readonly string[],
  log: string,
  env: Readonly<Record<string, string>> = {},
): LoggedProcess {
  const output = openSync(log, "a");
  const child = spawn(program, args, { stdio: ["ignore", output, output], env: { ...process.env, ...env } });
  child.on("error", () => {}); // seen by untilReady: there is no pid
  closeSync(output);
  return { name, child, log };
}

/** Waits until the check answers true; throws with the end of the log when the process is gone, or time is up. */
export async function untilReady(running: LoggedProcess, check: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + READY_SECONDS * 1000;
  while (!(await check().catch(() => false))) {
    if (hasEnded(running.child) || performance.now() > deadline) {
      const log = await readFile(running.log, "utf8").catch(() => "");
      throw new Error(
        `${running.name} did not become ready:\n${log.trimEnd().split("\n").slice(-15).join("\n")}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Asks a process to end, and makes it end when it takes longer than its grace. */
export async function endProcess({ child }: LoggedProcess, graceSeconds: number): Promise<void> {
  if (hasEnded(child)) {
    return;
  }
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), graceSeconds * 1000);
    child.once("exit", () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill("SIGTERM");
  });
}

/** Whether a process has ended, or could not be started. */
export function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

/** Throws, saying what to do, when someone listens on a port of 127.0.0.1. */
export async function requireFreePort(port: number): Promise<void> {
  try {
    await listenOnce(port);
  } catch (cause) {
    throw new Error(
      `Port ${port} of 127.0.0.1 is taken: stop what listens there (ss -ltnp shows it), or choose another with --port`,
      { cause },
    );
  }
}

/** Below those that Linux gives to outgoing connections, one of which would take a port before it is listened on. */
const PORTS = { from: 20_000, to: 30_000 };

/** A port of 127.0.0.1 that nobody listens on, by chance, so that programs that ask at once get different ones. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(PORTS.from, PORTS.to);
    try {
      await listenOnce(port);
      return port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    }
  }
}

function listenOnce(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => server.close(() => resolve()));
  });
}
