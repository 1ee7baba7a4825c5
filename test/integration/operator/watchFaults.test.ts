import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { VERSION_LABEL } from "../../../operator/desired/counterDeployment.ts";
import { childKinds } from "../../../operator/kinds.ts";
import { backoffMs, LONGEST_BACKOFF_MS } from "../../../operator/runtime/backoff.ts";
import { connect } from "../../../operator/runtime/connect.ts";
import type { KubeClient } from "../../../operator/runtime/kubeClient.ts";
import { type ApiServer, startApiServer, startOperator } from "../../support/apiServer.ts";
import { kindsEverywhere } from "../../support/children.ts";
import { type FaultProxy, type ProxiedRequest, startFaultProxy } from "../../support/faultProxy.ts";
import { type Fault, faults } from "../../support/faults.ts";
import { tell } from "../../support/findings.ts";
import { manifest } from "../../support/hitCounters.ts";
import { type Lateness, watchLateness } from "../../support/lateness.ts";
import { until } from "../../support/until.ts";

/** What the operator promises: so long after a fault is over, a change that was made in it has been acted on. */
const WITHIN_SECONDS = 35;
/** HitCounters, each kind of child that the cluster knows, pods and volume claims. */
const WATCHERS = kindsEverywhere.length + 3;

interface Report {
  /** From the end of the fault until the change was acted on. */
  readonly seconds: number;
  /** Those of them in which this machine was late. */
  readonly late: number;
  /** From the beginning of the fault until then. */
  readonly wholeSeconds: number;
  readonly connections: number;
  readonly requests: readonly ProxiedRequest[];
  /** Logged: what comes of changing a cached object, as they are frozen. */
  readonly typeErrors: readonly unknown[];
}

let restarted: Promise<void>;
const restart: Fault = {
  name: "the API server restarted",
  seconds: 1,
  begin: () => {
    restarted = api.restartApiServer();
  },
  end: () => restarted,
};

let api: ApiServer;
let client: KubeClient;
let lateness: Lateness;
const reports = new Map<string, Promise<Report>>();

beforeAll(async () => {
  api = await startApiServer();
  client = connect({ kubeconfig: api.kubeconfig, userAgent: "test" });
  lateness = await watchLateness();
  // Each has an operator and a namespace of its own, and most take their time: all at once.
  for (const [index, fault] of faults.entries()) {
    const report = meet(fault, `fault-${index}`);
    report.catch(() => {}); // the test that awaits it tells
    reports.set(fault.name, report);
  }
}, 1_800_000);
afterAll(async () => {
  const done = await Promise.allSettled(reports.values());
  for (const [index, name] of [...reports.keys()].entries()) {
    const report = done[index];
    if (report?.status !== "fulfilled") continue;
    const { seconds, connections, requests } = report.value;
    const columns = [`${seconds.toFixed(1)} s`, `${connections} connections`, `${requests.length} requests`];
    tell("watch faults", `${name.padEnd(50)} ${columns.map((text) => text.padStart(16)).join("")}`);
  }
  await client?.close();
  await lateness?.stop();
  await api?.stop();
});

/** Runs an operator of its own through a fault, changes a HitCounter half-way, and waits until its Deployment is changed. */
async function meet(fault: Fault, namespace: string): Promise<Report> {
  const proxy = await startFaultProxy(api);
  await api.kubectl("create", "namespace", namespace);
  const kubectl = api.kubectl.in(namespace);
  const operator = await startOperator(proxy.kubeconfig, { LEADER_ELECTION: "false", NAMESPACES: namespace });
  const isOfVersion = (version: string) => async () => {
    const deployment = await client.get(childKinds.Deployment, { namespace, name: "web-counter" });
    return deployment?.spec?.template.metadata?.labels?.[VERSION_LABEL] === version;
  };
  const change = ["patch", "hitcounter", "web", "--type=merge", "-p", '{"spec":{"version":"1.1.0"}}'];
  try {
    await kubectl.apply(manifest("web"));
    await until(`the Deployment of ${namespace} is there`, isOfVersion("1.0.0"));
    await untilQuiet(proxy);

    const connectionsBefore = proxy.connections;
    const requestsBefore = proxy.requests.length;
    const [begunAt, lateAtFirst] = [performance.now(), lateness.totalMs()];
    fault.begin(proxy);
    await sleep(fault.seconds * 500);
    await until("the change is made", async () => (await kubectl.attempt(...change)).code === 0);
    await sleep(fault.seconds * 500);
    await fault.end(proxy);
    const endedAt = fault.seconds === 0 ? begunAt : performance.now();
    const lateBefore = fault.seconds === 0 ? lateAtFirst : lateness.totalMs();
    await until("the change is acted on", isOfVersion("1.1.0"), { everyMs: 100 });

    const now = performance.now();
    return {
      seconds: (now - endedAt) / 1000,
      late: (lateness.totalMs() - lateBefore) / 1000,
      wholeSeconds: (now - begunAt) / 1000,
      connections: proxy.connections - connectionsBefore,
      requests: proxy.requests.slice(requestsBefore),
      typeErrors: operator.log().filter((line) => JSON.stringify(line).includes("TypeError")),
    };
  } finally {
    await fault.end(proxy);
    await operator.stop();
    await proxy.close();
  }
}

/** Waits until the operator only watches: even the answer to a write would tell it of a change. */
async function untilQuiet({ requests }: FaultProxy): Promise<void> {
  let before = -1;
  const isQuiet = () => {
    const now = requests.filter(({ kind }) => kind !== "watch").length;
    const same = now === before;
    before = now;
    return same;
  };
  await until("the operator only watches", isQuiet, { everyMs: 2500 });
}

/** How often something may be tried within so many seconds, were every wait the shortest and every answer instant. */
function mostTries(seconds: number, baseMs: number): number {
  let tries = 0;
  for (
    let at = 0;
    at <= seconds * 1000;
    at += backoffMs(tries, { baseMs, capMs: LONGEST_BACKOFF_MS }, () => 0)
  ) {
    tries += 1;
  }
  return tries;
}

/**
 * A list and a watch for each try of each watcher; six requests for each of a reconcile, each perhaps twice; and once a
 * second the question why Redis has no pod, which nobody makes here.
 */
const mostRequests = (seconds: number) =>
  WATCHERS * 2 * mostTries(seconds, 500) + 12 * mostTries(seconds, 50) + seconds + 1;

function expectMet({ seconds, late, wholeSeconds, connections, requests, typeErrors }: Report): void {
  expect(seconds).toBeLessThan(WITHIN_SECONDS + late);
  expect(requests.length).toBeLessThanOrEqual(mostRequests(wholeSeconds));
  expect(connections).toBeLessThanOrEqual(mostRequests(wholeSeconds));
  expect(typeErrors).toEqual([]);
}

const reportOf = async (name: string) => {
  const report = await reports.get(name);
  if (report === undefined) throw new Error(`${name} is none of the faults`);
  return report;
};

describe("a change made during a fault is acted on, without a storm of requests:", () => {
  it.each(faults.map(({ name }) => name))("%s", async (name) => {
    expectMet(await reportOf(name));
  });

  it(restart.name, async () => {
    await Promise.allSettled(reports.values());
    reports.set(restart.name, meet(restart, "restart"));
    expectMet(await reportOf(restart.name));
  });
});

describe("meanwhile the operator", () => {
  it.each(["410 to watches", "410 as an event of watches"])("lists afresh after %s", async (name) => {
    const lists = (await reportOf(name)).requests.filter(({ kind }) => kind === "list");
    const paths = new Set(lists.map(({ path }) => path));
    expect([...paths].filter((path) => !path.endsWith("/events"))).toHaveLength(WATCHERS);
  });

  it("waits as long as a 429 asks", async () => {
    const { requests, wholeSeconds } = await reportOf("429 with Retry-After 5 to all");
    const asked = requests.filter(({ kind }) => kind === "watch");
    expect(asked.length).toBeGreaterThanOrEqual(WATCHERS);
    // One more of each may have been under way when the connections were reset, and so got no answer.
    expect(asked.length).toBeLessThanOrEqual(WATCHERS * (Math.ceil(wholeSeconds / 5) + 1));
  });
});
