import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { V1Deployment, V1StatefulSet } from "@kubernetes/client-node";
import { exampleSpecs } from "../../../operator/api/exampleSpecs.ts";
import {
  lookingAfter,
  type RunningOperator,
  sharedApiServer,
  startOperator,
} from "../../support/apiServer.ts";
import { writesOf } from "../../support/audit.ts";
import { manifest } from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { until } from "../../support/until.ts";

const { counter, redis, proxy } = exampleSpecs["as much as can be"];
const spec = { counter: { pod: counter.pod }, redis: { pod: redis.pod }, proxy: { pod: proxy.pod } };
const api = sharedApiServer();
let operator: RunningOperator;
let kubectl: Kubectl;

beforeAll(async () => {
  operator = await startOperator(api.kubeconfig, lookingAfter("placement"));
  await api.kubectl("create", "namespace", "placement");
  kubectl = api.kubectl.in("placement");
  await kubectl.apply(manifest("web", spec));
}, 1_800_000);
afterAll(async () => {
  await operator?.stop();
});

const workloads = ["statefulset/web-redis", "deployment/web-counter", "deployment/web-proxy"];
const writes = () => writesOf(api.auditLog, "hitcounter-operator/placement");
const reconciled = () => operator.log().filter(({ msg }) => msg === "reconciled").length;

/** Makes the operator look, by a change to a child that is none of its business. */
async function untilLookedAt(): Promise<void> {
  const before = reconciled();
  await kubectl("annotate", "service/web-counter", "--overwrite", `example.com/look=at-${performance.now()}`);
  await until("the operator has looked", () => reconciled() > before);
}

describe("all that can be said of pods", () => {
  it.each(workloads)("is said of those of %s", async (workload) => {
    const { spec } = await until("it is there", () =>
      kubectl.json<V1Deployment | V1StatefulSet>("get", workload),
    );
    const { labels, annotations, ...where } = redis.pod;
    expect(spec?.template).toMatchObject({ metadata: { labels, annotations }, spec: where });
  });

  it("is left alone once it is said: not one write", async () => {
    const before = await until("the operator has no more to write", async () => {
      const written = await writes();
      await untilLookedAt();
      return (await writes()).length === written.length && written;
    });
    await operator.stop();
    operator = await startOperator(api.kubeconfig, lookingAfter("placement"));
    await until("it has looked", () => reconciled() > 0);
    await untilLookedAt();
    expect((await writes()).slice(before.length)).toEqual([]);
  });
});
