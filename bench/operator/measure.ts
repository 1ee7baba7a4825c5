import { setTimeout as sleep } from "node:timers/promises";
import { hitCounters } from "../../operator/kinds.ts";
import { connect } from "../../operator/runtime/connect.ts";
import { startApiServer } from "../../test/support/apiServer.ts";
import { until } from "../../test/support/until.ts";
import type { Contender } from "./contenders.ts";
import { type Running, start } from "./running.ts";
import { AuditTail, type Requests, Tally } from "./tally.ts";
import { hitCounterNamed, makeTemplates } from "./templates.ts";

/** What is measured, and for how long. */
export interface Size {
  /** HitCounters. */
  readonly n: number;
  /** Namespaces that they are spread over. */
  readonly namespaces: number;
  /** How long a contender that has nothing to do is watched. */
  readonly idleSeconds: number;
}

/** What one run of one contender came to. */
export interface Result {
  readonly create: Create;
  /** Of those that stay. */
  readonly idle?: Idle;
  readonly restart?: Restart;
}

/** From its start until it wrote no more. */
export interface Create {
  /** Until the last child and the last HitCounter's status were there. */
  readonly wallSeconds: number;
  /** Until the last event was written; undefined where none was. */
  readonly toldSeconds: number | undefined;
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
  readonly connections: number;
  readonly requests: Requests;
}

export interface Idle {
  /** CPU seconds a second: 0.01 is a hundredth of a core. */
  readonly cpuShare: number;
  readonly rssBytes: number;
  readonly requests: number;
  readonly writes: number;
}

/** From a start at which all is as it should be, until some time after it is ready. */
export interface Restart {
  readonly readySeconds: number;
  readonly cpuSeconds: number;
  readonly requests: number;
  readonly writes: number;
}

/** Who has not written for so long has done what there was to do. */
const SETTLED_SECONDS = 3;
/** How long a restart is watched after it is ready. */
const RESTART_SECONDS = 10;
const CREATE_AT_ONCE = 10;

/** Lets one contender work on an API server of its own, which has N HitCounters and nothing else. */
export async function measure(contender: Contender, size: Size): Promise<Result> {
  const api = await startApiServer();
  let running: Running | undefined;
  try {
    await createHitCounters(api.kubeconfig, size);
    const audit = new AuditTail(api.auditLog);
    await audit.read();

    running = start(contender, api);
    const create = await measureCreate(contender, running, audit, size);
    if (!contender.isOperator) return { create };
    const idle = await measureIdle(contender, running, audit, size);
    await running.stop();
    await audit.read();
    running = start(contender, api);
    return { create, idle, restart: await measureRestart(contender, running, audit) };
  } finally {
    await running?.stop();
    await api.stop();
  }
}

async function createHitCounters(kubeconfig: string, { n, namespaces }: Size): Promise<void> {
  const client = connect({ kubeconfig, userAgent: "bench" });
  const namespaceOf = (index: number) => `bench-${index % namespaces}`;
  const namespaceKind = { apiVersion: "v1", kind: "Namespace", plural: "namespaces", namespaced: false };
  for (let index = 0; index < namespaces; index += 1) {
    const { apiVersion, kind } = namespaceKind;
    await client.create(namespaceKind, { apiVersion, kind, metadata: { name: namespaceOf(index) } });
  }
  const indexes = Array.from({ length: n }, (_, index) => index).values();
  const work = async () => {
    for (const index of indexes) {
      const { metadata, ...hitCounter } = hitCounterNamed(`web-${index}`);
      const object = { ...hitCounter, metadata: { ...metadata, namespace: namespaceOf(index) } };
      await client.create({ ...hitCounters }, object);
    }
  };
  await Promise.all(Array.from({ length: CREATE_AT_ONCE }, work));
  await client.close();
}

async function measureCreate(
  { name, userAgent, isOperator }: Contender,
  running: Running,
  audit: AuditTail,
  { n }: Size,
): Promise<Create> {
  const tally = new Tally(userAgent);
  const wanted = { children: n * makeTemplates().objects.length, statuses: isOperator ? n : 0 };
  const look = async () => {
    for (const event of await audit.read()) tally.add(event);
    running.check();
  };
  await until(
    `${name} has made ${wanted.children} children and ${wanted.statuses} statuses`,
    async () => {
      await look();
      const { children, statuses } = tally.made;
      return children >= wanted.children && statuses >= wanted.statuses;
    },
    { withinSeconds: 60 + n / 2 },
  );
  const secondsUntil = (at: number) => (at - running.startedAt) / 1000;
  const wallSeconds = secondsUntil(tally.made.lastAt);
  await until(
    `${name} writes no more`,
    async () => {
      const before = tally.requests.writes;
      await sleep(SETTLED_SECONDS * 1000);
      await look();
      return tally.requests.writes === before;
    },
    { withinSeconds: 60 + n / 2 },
  );
  const { cpuSeconds, peakRssBytes } = await running.usage();
  const { connections } = running;
  const { requests, lastEventAt } = tally;
  const toldSeconds = lastEventAt && secondsUntil(lastEventAt);
  return { wallSeconds, toldSeconds, cpuSeconds, peakRssBytes, connections, requests };
}

async function measureIdle(
  { userAgent }: Contender,
  running: Running,
  audit: AuditTail,
  { idleSeconds }: Size,
): Promise<Idle> {
  const tally = new Tally(userAgent);
  const [before, beganAt] = [await running.usage(), performance.now()];
  await sleep(idleSeconds * 1000);
  const [after, endedAt] = [await running.usage(), performance.now()];
  for (const event of await audit.read()) tally.add(event);
  return {
    cpuShare: (after.cpuSeconds - before.cpuSeconds) / ((endedAt - beganAt) / 1000),
    rssBytes: after.rssBytes,
    requests: tally.requests.total,
    writes: tally.requests.writes,
  };
}

async function measureRestart(
  { userAgent }: Contender,
  running: Running,
  audit: AuditTail,
): Promise<Restart> {
  const tally = new Tally(userAgent);
  const readySeconds = await running.ready;
  await sleep(RESTART_SECONDS * 1000);
  const { cpuSeconds } = await running.usage();
  for (const event of await audit.read()) tally.add(event);
  return { readySeconds, cpuSeconds, requests: tally.requests.total, writes: tally.requests.writes };
}
