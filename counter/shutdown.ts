import type { Server } from "node:http";
import type { Log } from "./logger.ts";

/** How a stop goes. */
export interface ShutdownOptions {
  server: Server;
  log: Log;
  /** Milliseconds on a clock that does not jump. */
  now: () => number;
  /** Serves on until no visit has come for this long … */
  quietSeconds: number;
  /** … but no longer than this. */
  maxSeconds: number;
  /** What is in hand after that gets this long, then its connections are cut. */
  finishSeconds: number;
}

/** The stop of a web server, in two parts: told to stop, then stopped. */
export interface Shutdown {
  /** Whether the process was told to stop. */
  stopping(): boolean;
  /** Notes a visit: hits still come here. Probes, and who asks for the total again and again, hold no stop up. */
  visited(): void;
  /** Stops; resolves when every connection is closed. Told again, it goes on as it was. */
  stop(): Promise<void>;
}

/** How often a draining server looks whether it has become quiet (ms). */
const LOOK_EVERY = 50;

/**
 * Stops a server without failing a request: a pod gets SIGTERM while the endpoints still name it, and what
 * routes by them learns of it later. So it serves on until the visits end.
 */
export function createShutdown(options: ShutdownOptions): Shutdown {
  const { server, log, now, quietSeconds, maxSeconds, finishSeconds } = options;
  let lastVisit = 0;
  let stopped: Promise<void> | undefined;

  const quiet = (since: number) =>
    new Promise<void>((resolve) => {
      const look = setInterval(() => {
        const quietFor = now() - Math.max(since, lastVisit);
        if (quietFor >= quietSeconds * 1000 || now() - since >= maxSeconds * 1000) {
          clearInterval(look);
          resolve();
        }
      }, LOOK_EVERY);
    });

  const close = () =>
    new Promise<void>((resolve) => {
      const cut = setTimeout(() => {
        log("warn", "Cutting connections that did not end in time");
        server.closeAllConnections();
      }, finishSeconds * 1000);
      server.close(() => {
        clearTimeout(cut);
        resolve();
      });
      server.closeIdleConnections();
    });

  const stop = async () => {
    const began = now();
    log("info", "Told to stop, serving until the visits end", { quietSeconds, maxSeconds });
    await quiet(began);
    const drained = now();
    await close();
    const seconds = (ms: number) => Math.round(ms) / 1000;
    log("info", "Stopped serving", {
      drainSeconds: seconds(drained - began),
      closeSeconds: seconds(now() - drained),
    });
  };

  return {
    stopping: () => stopped !== undefined,
    visited: () => {
      lastVisit = now();
    },
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}
