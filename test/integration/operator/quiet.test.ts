import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { median } from "../../../bench/support/statistics.ts";
import {
  type ApiServer,
  type RunningOperator,
  startApiServer,
  startOperator,
} from "../../support/apiServer.ts";
import { requestsOf, writesOf } from "../../support/audit.ts";
import { wantedChildren } from "../../support/children.ts";
import { tell } from "../../support/findings.ts";
import { manifest } from "../../support/hitCounters.ts";
import { sizeOf } from "../../support/size.ts";
import { until } from "../../support/until.ts";

const OPERATOR = "hitcounter-operator";
const MANY = 100;
/** How long nothing may be written, in seconds, before an operator is started anew … */
const QUIET_SECONDS = sizeOf("QUIET_SECONDS", { test: 25, soak: 300 });
/** … and after. */
const IDLE_SECONDS = sizeOf("IDLE_SECONDS", { test: 40, soak: 3600 });
/** How often its memory is read meanwhile; a multiple of ten. */
const SAMPLES = 100;

let api: ApiServer;
let operator: RunningOperator;
/** The medians of ten readings each, one after the other, of the resident memory of an operator with nothing to do, in MiB. */
let resident: number[] = [];

beforeAll(async () => {
  api = await startApiServer();
  operator = await startOperator(api.kubeconfig);
  await api.kubectl("create", "namespace", "quiet");
  const items = Array.from({ length: MANY }, (_, index) => manifest(`web-${index}`));
  await api.kubectl.in("quiet").apply({ apiVersion: "v1", kind: "List", items });
}, 1_800_000);
afterAll(async () => {
  await operator?.stop();
  await api?.stop();
});

/** Writes of children, statuses and events: all but the Lease's. */
const writes = () => writesOf(api.auditLog, OPERATOR);
/** Whether no HitCounter waits for the operator or is in its hands. */
const isIdle = async () => {
  const metrics = await operator.metrics();
  return [/^workqueue_depth\{.*\} 0$/m, /^controller_runtime_active_workers\{.*\} 0$/m].every((line) =>
    line.test(metrics),
  );
};

/** Reads an operator's memory and time while it has nothing to do. */
async function watchIdle(): Promise<number[]> {
  const reconciles = () => operator.log().filter(({ msg }) => msg === "reconciled").length;
  const [before, reconcilesBefore] = [await operator.usage(), reconciles()];
  const samples: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    await sleep((IDLE_SECONDS / SAMPLES) * 1000);
    samples.push((await operator.usage()).rssBytes / 2 ** 20);
  }
  const cpuSeconds = (await operator.usage()).cpuSeconds - before.cpuSeconds;
  const tenths = Array.from({ length: 10 }, (_each, index) =>
    median(samples.slice((index * SAMPLES) / 10, ((index + 1) * SAMPLES) / 10)),
  );
  tell(
    "memory",
    `${MANY} HitCounters idle for ${IDLE_SECONDS} s: ${tenths.map((mebibytes) => `${mebibytes.toFixed(1)} MiB`).join(", ")}; ` +
      `${((100 * cpuSeconds) / IDLE_SECONDS).toFixed(2)}% of a core, ${reconciles() - reconcilesBefore} reconciles`,
  );
  return tenths;
}

describe(`${MANY} HitCounters that are as they should be`, () => {
  it("get every child and a status, with a write for each and no more than a few besides", async () => {
    await until("the last Service and status are there", async () => {
      const kubectl = api.kubectl.in("quiet");
      const services = await kubectl(
        "get",
        "service",
        "-l",
        "app.kubernetes.io/component=proxy",
        "-o",
        "name",
      );
      const told = await kubectl("get", "hitcounters", "-o", "jsonpath={.items[*].status.selector}");
      return services.trim().split("\n").length === MANY && told.trim().split(" ").length === MANY;
    });
    const counts = Map.groupBy(await writes(), (write) => write.replace(/ web-\S+$/, ""));
    const summary = Object.fromEntries([...counts].map(([write, all]) => [write, all.length]));
    const kinds = Map.groupBy(wantedChildren(), ({ kind }) => `patch ${kind.plural}`);
    expect(summary).toMatchObject(
      Object.fromEntries([...kinds].map(([write, children]) => [write, children.length * MANY])),
    );
  });

  it("cause no write while nothing changes, nor when the operator is started anew", async () => {
    // Statuses are written anew while the last children come; then nothing is left to do.
    await until("all is told", async () => {
      const before = (await writes()).length;
      await sleep(2_000);
      return (await isIdle()) && (await writes()).length === before;
    });
    const before = (await writes()).length;
    const requestsBefore = (await requestsOf(api.auditLog, OPERATOR)).length;
    await sleep(QUIET_SECONDS * 1000);
    await operator.stop();
    operator = await startOperator(api.kubeconfig);
    await until("it has looked at each", isIdle);
    resident = await watchIdle();
    const requests = (await requestsOf(api.auditLog, OPERATOR)).slice(requestsBefore);
    const written = (await writes()).slice(before);
    const asks = requests.filter(({ requestURI }) => requestURI.includes("involvedObject.uid"));
    tell(
      "quiet",
      `${MANY} HitCounters, ${QUIET_SECONDS + IDLE_SECONDS} s and a restart: ${requests.length - asks.length} requests, ` +
        `${asks.length} more to ask why Redis has no pod, ${written.length} writes`,
    );
    expect(written).toEqual([]);
    const gets = requests.filter(({ verb, objectRef }) => verb === "get" && objectRef?.resource !== "leases");
    expect(gets.map(({ requestURI }) => requestURI)).toEqual([]);
  });

  it(`take no more memory after ${IDLE_SECONDS} s than at first`, () => {
    const [, early = 0] = resident;
    expect(resident.at(-1)).toBeLessThan(early * 1.05);
  });
});
