import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { createShutdown } from "./shutdown.ts";
import { notVisits, type ServedApp, serveApp } from "./testing/serveApp.ts";

let app: ServedApp | undefined;
beforeEach(() => void jest.useFakeTimers({ doNotFake: ["nextTick", "queueMicrotask", "setImmediate"] }));
afterEach(async () => {
  jest.useRealTimers();
  await app?.close();
});

const now = () => performance.now();

/** How long a counter that is told to stop serves on (s), when it is asked so each second by the fake clock. */
const drainSeconds = async (asking: (app: ServedApp) => Promise<unknown>) => {
  let fields: Record<string, unknown> | undefined;
  const stopping = () => shutdown.stopping();
  const served = await serveApp({}, { stopping, onVisit: () => shutdown.visited(), now });
  app = served;
  const shutdown = createShutdown({
    server: served.server,
    log: (_level, _msg, more) => {
      fields = more;
    },
    now,
    quietSeconds: 3,
    maxSeconds: 20,
    finishSeconds: 5,
  });
  const stopped = shutdown.stop();
  while (served.server.listening) {
    await asking(served);
    await jest.advanceTimersByTimeAsync(1000);
  }
  await stopped;
  return fields?.drainSeconds;
};

describe("a counter that was told to stop", () => {
  it("serves on for its quiet seconds when it is asked for nothing", async () => {
    expect(await drainSeconds(async () => {})).toBe(3);
  });

  it.each(notVisits)(
    "serves on for no longer when it is asked for %s each second",
    async (_what, path, init) => {
      expect(await drainSeconds(({ ask }) => ask(path, init))).toBe(3);
    },
  );

  it("serves on for as long as it may while hits come", async () => {
    expect(await drainSeconds(({ ask }) => ask("/"))).toBe(20);
  });
});
