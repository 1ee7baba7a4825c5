import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, it } from "@jest/globals";
import { connectionsOf } from "../../../operator/desired/nginxLimits.ts";
import { tell } from "../../support/findings.ts";
import { getOnce } from "../../support/get.ts";
import { startNginxServer } from "../../support/nginxServer.ts";
import { until } from "../../support/until.ts";

/** More than a proxy has connections for, as each that waits has one to its counter too. */
const CROWD = connectionsOf(false).all / 2 + 500;
/** So many come at once, and the next ones a moment later (ms): no listener's backlog is what fails here. */
const TOGETHER = 20;
const NEXT_MS = 10;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A counter that answers nobody until it is told to. */
async function startPatient() {
  const held: ServerResponse[] = [];
  let holds = true;
  const server = createServer((_request, response) => {
    if (holds) held.push(response);
    else response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    upstream: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    holding: () => held.length,
    answer() {
      holds = false;
      for (const response of held) response.end();
    },
  };
}

it("of more visitors than can wait for a counter, the others are told to come again, and no connection is reset", async () => {
  const counter = await startPatient();
  const nginx = await startNginxServer([counter.upstream]);
  cleanups.push(nginx.remove);
  const seen = new Map<string, number>();
  const note = (what: string) => void seen.set(what, (seen.get(what) ?? 0) + 1);
  const visit = () =>
    getOnce(nginx.url).then(
      ({ status }) => note(`${status}`),
      (error: Error) => note(error.message),
    );
  const visits: Promise<void>[] = [];
  while (visits.length < CROWD) {
    visits.push(...Array.from({ length: TOGETHER }, visit));
    await sleep(NEXT_MS);
  }
  const total = () => [...seen.values()].reduce((sum, count) => sum + count, counter.holding());
  await until("each waits or was answered", () => total() >= visits.length);
  const probed = await fetch(`${nginx.statusUrl}/healthz`);
  expect(probed.status).toBe(200);
  const waited = counter.holding();
  counter.answer();
  await Promise.all(visits);
  tell(
    "a crowd",
    `${visits.length} visitors of a counter that does not answer: ${waited} wait, the others get 503`,
  );
  expect(Object.fromEntries(seen)).toEqual({ 200: waited, 503: visits.length - waited });
  expect(waited).toBeGreaterThan(connectionsOf(false).toCounters * 0.98);
}, 120_000);
