import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
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
/** How long nothing may be written, in seconds, before an operator is started anew and again after. */
const QUIET_SECONDS = sizeOf("QUIET_SECONDS", { test: 25, soak: 300 });

let api: ApiServer;
let operator: RunningOperator;

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
    await sleep(QUIET_SECONDS * 1000);
    const requests = (await requestsOf(api.auditLog, OPERATOR)).slice(requestsBefore);
    const written = (await writes()).slice(before);
    const asks = requests.filter(({ requestURI }) => requestURI.includes("involvedObject.uid"));
    tell(
      "quiet",
      `${MANY} HitCounters, ${2 * QUIET_SECONDS} s and a restart: ${requests.length - asks.length} requests, ` +
        `${asks.length} more to ask why Redis has no pod, ${written.length} writes`,
    );
    expect(written).toEqual([]);
    const gets = requests.filter(({ verb, objectRef }) => verb === "get" && objectRef?.resource !== "leases");
    expect(gets.map(({ requestURI }) => requestURI)).toEqual([]);
  });
});
