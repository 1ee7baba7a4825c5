import { randomBytes, randomUUID } from "node:crypto";
import { hostname } from "node:os";
import process from "node:process";
import { parseArgs } from "node:util";
import { collectDefaultMetrics, Registry } from "prom-client";
import { saltBytes } from "../counter/contract.ts";
import { readSettings, type Settings } from "./config.ts";
import { hasCopies, MANAGED_BY } from "./desired/names.ts";
import { isJobName, jobsUsage } from "./jobs/index.ts";
import { runOnce } from "./jobs/runOnce.ts";
import { createKeeper } from "./keeper/index.ts";
import { createHitCounterMetrics } from "./metrics.ts";
import type { Context } from "./reconcile/context.ts";
import { copiesOutOfReach, keepCopies } from "./reconcile/copies/copies.ts";
import { untilAnswered } from "./reconcile/copies/outage.ts";
import { keeperNumber, lookUpAddress } from "./reconcile/copies/surroundings.ts";
import { askService, askThroughApiServer } from "./reconcile/look/askProxy.ts";
import { askRedis, outOfReach } from "./reconcile/look/askRedis.ts";
import {
  createCounts,
  createNamedSecrets,
  createRedisUsers,
  createWhyNotMade,
} from "./reconcile/look/pollers.ts";
import { Memories } from "./reconcile/memory.ts";
import { reconcile } from "./reconcile/reconcile.ts";
import { connect } from "./runtime/connect.ts";
import {
  Controller,
  collectGarbage,
  createEventRecorder,
  createEventWriter,
  createLogger,
  createMetrics,
  Fence,
  LeaderElector,
  leases,
  serve,
  systemClock,
} from "./runtime/index.ts";
import { createWatches } from "./watches.ts";

/** A reconcile that takes longer than this is stuck: a restart is the only cure left. */
const STUCK_MS = 120_000;
/** A reconcile that a stop finds under way may end within this; what it leaves undone, the next leader does. */
const GRACE_MS = 2_000;
/** And the events that tell of what was done may be written within this, and one request more. */
const EVENTS_GRACE_MS = 1_000;

const usage = `Usage: operator [--kubeconfig FILE] [--context NAME] [--namespaces NAME,NAME]

Runs the HitCounter operator against the cluster of the pod it runs in, or of a kubeconfig. Settings come from
the environment; docs/reference/settings.md lists them.

Or does one thing and ends, as the Helm chart's Jobs do, by the kubeconfig that KUBECONFIG names or as its pod:
${jobsUsage()}
`;

async function main(): Promise<void> {
  const [word = "", ...args] = process.argv.slice(2);
  if (isJobName(word)) {
    await runOnce(word, args);
    return;
  }
  const { values } = parseArgs({
    options: {
      kubeconfig: { type: "string" },
      context: { type: "string" },
      namespaces: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  const { namespaces, ...cluster } = values;
  await run(readSettings({ ...process.env, ...(namespaces && { NAMESPACES: namespaces }) }), cluster);
}

/** Runs until SIGTERM or SIGINT, then finishes what is in hand; or until another leads in its place. */
async function run(settings: Settings, cluster: { kubeconfig?: string; context?: string }): Promise<void> {
  const log = createLogger({ write: (line) => process.stdout.write(line), level: settings.logLevel });
  const registry = new Registry();
  // Every 10 ms, the default, would be most of what an idle operator uses of the CPU.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 });
  const metrics = createMetrics(registry);
  const identity = settings.identity ?? `${hostname()}_${randomUUID()}`;
  const connection = { ...cluster, userAgent: `${MANAGED_BY}/${identity}`, metrics };
  const fence = new Fence();
  const client = connect({ ...connection, fence });
  // On a connection of its own, so that no other request holds up a renewal.
  const leaseClient = connect(connection);
  // And on some of their own, so that proxies that do not answer hold up no other request.
  const proxyClient = connect(connection);
  const { lease } = settings;
  const leader = lease && new LeaderElector({ client: leaseClient, lease, identity, fence, log, metrics });
  if (!leader) fence.openUntil(Number.POSITIVE_INFINITY);

  const watches = createWatches({ client, log, metrics }, settings.namespaces, settings.podNamespace);
  createHitCounterMetrics(registry, watches.caches.hitCounters);
  const writer = createEventWriter({ client, log, fieldManager: MANAGED_BY });
  const events = createEventRecorder({ writer, controller: MANAGED_BY, instance: hostname() });
  const counts = createCounts(
    settings.probeVia === "service" ? askService : askThroughApiServer(proxyClient),
    metrics,
  );
  const whyNotMade = createWhyNotMade(client, metrics);
  const tlsSecrets = createNamedSecrets("tlsSecrets", client, metrics);
  const redisUsers = createRedisUsers(
    settings.probeVia === "service" ? askRedis(fence.check, log) : outOfReach,
    metrics,
  );
  const namedPasswords = createNamedSecrets("namedPasswords", client, metrics);
  // In every process, whichever leads: what is written to copies the copies themselves arbitrate.
  const keeper = createKeeper({
    number: keeperNumber(identity),
    turn: () => (fence.isOpen ? 0 : 1),
    clock: systemClock,
    random: Math.random,
    timeOfDay: Date.now,
  });
  const copies =
    settings.probeVia === "service"
      ? keepCopies({ caches: watches.caches, keeper, lookUp: lookUpAddress })
      : copiesOutOfReach;
  const pollers = [counts, whyNotMade, tlsSecrets, redisUsers, namedPasswords];
  const context: Context = {
    ...watches.caches,
    client,
    events,
    counts,
    whyNotMade,
    tlsSecrets,
    redisUsers,
    namedPasswords,
    copies,
    memories: new Memories(),
    defaultImages: settings.defaultImages,
    operatorNamespace: settings.podNamespace,
    now: () => new Date(),
    newPassword: () => randomBytes(32).toString("base64url"),
    newSalt: () => randomBytes(saltBytes).toString("base64"),
  };
  const controller = new Controller({
    name: "hitcounter",
    sources: [...watches.sources, ...pollers, copies],
    reconcile: (key, run) => reconcile(context, key, run),
    concurrency: settings.concurrency,
    log,
    metrics,
  });
  const server = await serve({
    port: settings.httpPort,
    registry,
    healthz: { reconciles: () => controller.longestRunningMs < STUCK_MS },
    readyz: { caches: () => controller.hasSynced },
  });
  log.info("started", { httpPort: server.port });

  const watching = new AbortController();
  const stopping = Promise.withResolvers<NodeJS.Signals | "lost the Lease">();
  const told = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      told.abort();
      stopping.resolve(signal);
    });
  }
  leader?.lost.addEventListener("abort", () => stopping.resolve("lost the Lease"));

  const watched = watches.run(watching.signal);
  const tidied = collectGarbage(watching.signal);
  // Who can't see does not lead: the Lease is for one that can.
  void controller.synced
    .then(() => leader?.start())
    .then(() => leader?.elected)
    .then(() => {
      for (const poller of pollers) poller.start();
    })
    .then(() => controller.start())
    .then(() => log.info("caches are in sync; reconciling"));

  log.info("stopping", { reason: await stopping.promise });
  await controller.stop(fence.isOpen ? GRACE_MS : 0);
  await Promise.all(pollers.map((poller) => poller.stop()));
  await writer.stop(fence.isOpen ? EVENTS_GRACE_MS : 0);
  await leader?.stop();
  if (lease && leader?.lost.aborted && watches.caches.hitCounters.list().some(hasCopies)) {
    log.info("keeps copies of Redis until the API server answers");
    const ask = (signal: AbortSignal) => leaseClient.get(leases, lease, { signal });
    await untilAnswered(ask, systemClock, Math.random, told.signal);
  }
  watching.abort();
  keeper.close();
  await Promise.all([
    watched,
    tidied,
    server.close(),
    ...[client, leaseClient, proxyClient].map((each) => each.close()),
  ]);
  log.info("stopped");
  // Kubernetes starts it again, clean: who led once and lost may know less than it believes.
  if (leader?.lost.aborted) process.exitCode = 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
