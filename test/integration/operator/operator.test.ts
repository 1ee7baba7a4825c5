import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { V1Deployment, V1Secret, V1Service } from "@kubernetes/client-node";
import type { HitCounter } from "../../../operator/api/hitCounter.ts";
import {
  type ApiServer,
  type RunningOperator,
  startApiServer,
  startOperator,
} from "../../support/apiServer.ts";
import { writesOf } from "../../support/audit.ts";
import { type Child, kindsEverywhere, kubectlNameOf, wantedChildren } from "../../support/children.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { until } from "../../support/until.ts";

const OPERATOR = "hitcounter-operator";
const children = wantedChildren().map(kubectlNameOf);

let api: ApiServer;
let operator: RunningOperator;

beforeAll(async () => {
  api = await startApiServer();
  operator = await startOperator(api.kubeconfig);
}, 1_800_000);
afterAll(async () => {
  await operator?.stop();
  await api?.stop();
});

const hitCounter = (name: string, spec: object = {}) => ({
  apiVersion: "hitcounter.dev/v1alpha1",
  kind: "HitCounter",
  metadata: { name },
  spec: { version: "1.0.0", ...spec },
});

/** A namespace of the test's own. */
async function namespace(name: string): Promise<Kubectl> {
  await api.kubectl("create", "namespace", name);
  return api.kubectl.in(name);
}

const kinds = kindsEverywhere.map(({ plural }) => plural).join();
const names = async (kubectl: Kubectl) => {
  const listed = await kubectl("get", kinds, "-o", "name");
  return listed.split("\n").filter((name) => name.includes("/") && !name.includes("kube-root-ca.crt"));
};
const untilAllThere = (kubectl: Kubectl) =>
  until("every child is there", async () => {
    const there = await names(kubectl);
    return children.every((child) => there.includes(child));
  });
const conditionOf = (object: HitCounter, type: string) =>
  object.status?.conditions?.find((condition) => condition.type === type);

/** Makes the operator look at the HitCounter `web` three times; returns its writes so far once that brings no more. */
async function untilQuiet(kubectl: Kubectl): Promise<string[]> {
  return await until("the operator has no more to write", async () => {
    const before = await writesOf(api.auditLog, OPERATOR);
    for (let look = 0; look < 3; look += 1) await untilLookedAt(kubectl);
    const after = await writesOf(api.auditLog, OPERATOR);
    return after.length === before.length && after;
  });
}

/** Makes the operator look at the HitCounter `web`, by a change to a child that is none of its business. */
async function untilLookedAt(kubectl: Kubectl): Promise<void> {
  const before = await reconciles();
  await kubectl("annotate", "service/web-counter", "--overwrite", `example.com/look=at-${performance.now()}`);
  await until("the operator has looked", async () => (await reconciles()) > before);
}

/** Reconciles that ended so far. */
async function reconciles(): Promise<number> {
  const lines = (await operator.metrics()).split("\n");
  return lines
    .filter((line) => line.startsWith("controller_runtime_reconcile_total{"))
    .reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

describe("a new HitCounter", () => {
  let kubectl: Kubectl;
  beforeAll(async () => {
    kubectl = await namespace("create");
    await kubectl.apply(hitCounter("web"));
    await untilAllThere(kubectl);
  });

  it("gets its children and no others", async () => {
    expect((await names(kubectl)).sort()).toEqual([...children].sort());
  });

  it("is told to be not ready, and why", async () => {
    const object = await until("the status is written", async () => {
      const seen = await kubectl.json<HitCounter>("get", "hitcounter", "web");
      return seen.status && seen;
    });
    expect(object.status?.observedGeneration).toBe(object.metadata.generation);
    expect(conditionOf(object, "Ready")).toMatchObject({ status: "False", reason: "RedisNotReady" });
    expect(conditionOf(object, "Progressing")).toMatchObject({ status: "True", reason: "RollingOut" });
    expect(conditionOf(object, "Degraded")).toMatchObject({ status: "False" });
  });

  it("is left alone once it is as it should be: not one write", async () => {
    const before = await untilQuiet(kubectl);
    await kubectl("annotate", "deployment/web-counter", "example.com/mine=kept");
    await kubectl("label", "service/web-counter", "example.com/mine=kept");
    for (let look = 0; look < 3; look += 1) await untilLookedAt(kubectl);
    expect((await writesOf(api.auditLog, OPERATOR)).slice(before.length)).toEqual([]);
    const kept = await kubectl("get", "deployment/web-counter", "service/web-counter", "-o", "yaml");
    expect(kept.match(/example\.com\/mine: kept/g)).toHaveLength(2);
  });

  it("is left alone by an operator that is started again", async () => {
    const before = await untilQuiet(kubectl);
    await operator.stop();
    operator = await startOperator(api.kubeconfig);
    await until("the operator has looked at it", async () => (await reconciles()) >= 1);
    await untilLookedAt(kubectl);
    expect((await writesOf(api.auditLog, OPERATOR)).slice(before.length)).toEqual([]);
  });

  it.each(children)("gets %s back when it is deleted", async (child) => {
    const uid = await kubectl("get", child, "-o", "jsonpath={.metadata.uid}");
    await kubectl("delete", child);
    await until(`${child} is back`, async () => {
      const { code, stdout } = await kubectl.attempt("get", child, "-o", "jsonpath={.metadata.uid}");
      return code === 0 && stdout !== uid;
    });
  });

  it("gets what someone changed changed back, and keeps what others added", async () => {
    await kubectl("set", "image", "deployment/web-counter", "counter=example.com/other:1");
    await kubectl(
      "patch",
      "service/web-counter",
      "--type=merge",
      "-p",
      '{"spec":{"selector":{"app":"other"}}}',
    );
    await kubectl("patch", "configmap/web-proxy", "--type=merge", "-p", '{"data":{"nginx.conf":"broken"}}');
    await until("every change is undone", async () => {
      const deployment = await kubectl.json<V1Deployment>("get", "deployment/web-counter");
      const service = await kubectl.json<V1Service>("get", "service/web-counter");
      const conf = await kubectl("get", "configmap/web-proxy", "-o", "yaml");
      return (
        deployment.spec?.template.spec?.containers[0]?.image?.endsWith("hitcounter-counter:1.0.0") === true &&
        service.spec?.selector?.["app.kubernetes.io/component"] === "counter" &&
        conf.includes("stub_status")
      );
    });
  });

  it("has its story told by events, each thing once", async () => {
    const reasons = await until("the events are written", async () => {
      const told = await kubectl(
        "get",
        "events",
        "-o",
        "jsonpath={range .items[*]}{.reason}: {.message}{'\\n'}{end}",
      );
      return told.includes("DriftRepaired: Undid changes") && told.trim().split("\n");
    });
    expect(reasons.filter((line) => line.startsWith("Created:"))).toEqual([
      expect.stringMatching(/^Created: Created Service web-counter, NetworkPolicy web-redis, /),
    ]);
    expect(new Set(reasons).size).toBe(reasons.length);
    expect(await kubectl("describe", "hitcounter", "web")).toMatch(
      /Normal +Created .* Created Service web-counter/,
    );
  });

  it("keeps its password whatever else is made anew", async () => {
    const password = async () => (await kubectl.json<V1Secret>("get", "secret/web-redis")).data?.password;
    const before = await password();
    await kubectl("label", "secret/web-redis", "app.kubernetes.io/managed-by-");
    await until("the label is back", async () =>
      (await kubectl("get", "secret/web-redis", "--show-labels")).includes("managed-by=hitcounter-operator"),
    );
    expect(await password()).toBe(before);
  });
});

describe("a changed HitCounter", () => {
  let kubectl: Kubectl;
  const image = async () =>
    (await kubectl.json<V1Deployment>("get", "deployment/web-counter")).spec?.template.spec?.containers[0]
      ?.image;
  beforeAll(async () => {
    kubectl = await namespace("change");
    await kubectl.apply(hitCounter("web"));
    await untilAllThere(kubectl);
  });

  it("of another version changes the counter's Deployment alone, and what keeps its settings", async () => {
    const before = await untilQuiet(kubectl);
    await kubectl("patch", "hitcounter", "web", "--type=merge", "-p", '{"spec":{"version":"1.1.0"}}');
    await until("the image is changed", async () => (await image())?.endsWith(":1.1.0"));
    const writes = (await untilQuiet(kubectl)).slice(before.length);
    const isRevision = ({ kind }: Child) => kind.kind === "ControllerRevision";
    const revisionOf = (version: string) => wantedChildren({ version }).find(isRevision)?.name;
    // The former settings were never healthy, so there is no going back to them.
    expect(writes.filter((write) => !/hitcounters\/status| events /.test(write))).toEqual([
      `patch controllerrevisions ${revisionOf("1.1.0")}`,
      "patch deployments web-counter",
      `delete controllerrevisions ${revisionOf("1.0.0")}`,
    ]);
  });

  it("of another Service name gets that Service and loses the other", async () => {
    await kubectl(
      "patch",
      "hitcounter",
      "web",
      "--type=merge",
      "-p",
      '{"spec":{"proxy":{"service":{"name":"proxy"}}}}',
    );
    await until("the Service is renamed", async () => {
      const there = await names(kubectl);
      return there.includes("service/proxy") && !there.includes("service/web-proxy");
    });
  });

  it("of one replica loses the budget of disruptions, which would hold a drain up", async () => {
    const scale = (replicas: number) => kubectl("scale", "hitcounter/web", `--replicas=${replicas}`);
    const budget = async () => (await names(kubectl)).includes("poddisruptionbudget.policy/web-counter");
    await scale(1);
    await until("the budget is gone", async () => !(await budget()));
    await scale(2);
    await until("the budget is back", budget);
  });

  it("without a field it had loses it in the child too", async () => {
    const annotated = { proxy: { service: { name: "proxy", annotations: { "example.com/a": "1" } } } };
    await kubectl.apply(hitCounter("web", annotated));
    const annotations = async () =>
      (await kubectl.json<V1Service>("get", "service/proxy")).metadata?.annotations;
    await until("the annotation is there", async () => (await annotations())?.["example.com/a"] === "1");
    await kubectl.apply(hitCounter("web", { proxy: { service: { name: "proxy" } } }));
    await until("the annotation is gone", async () => !("example.com/a" in ((await annotations()) ?? {})));
  });
});

describe("the counter's Service, when it is deleted,", () => {
  it("keeps its address, which the proxies know, unless somebody else has it by now", async () => {
    const kubectl = await namespace("address");
    await kubectl.apply(hitCounter("web"));
    await untilAllThere(kubectl);
    const service = () => kubectl.json<V1Service>("get", "service/web-counter");
    const again = async (uid: string | undefined) =>
      until("it is back", async () => {
        const seen = await service().catch(() => undefined);
        return seen?.metadata?.uid !== uid && seen;
      });
    const first = await service();
    await kubectl("delete", "service/web-counter");
    const second = await again(first.metadata?.uid);
    expect(second.spec?.clusterIP).toBe(first.spec?.clusterIP);
    await untilQuiet(kubectl);
    expect((await service()).spec?.clusterIP).toBe(first.spec?.clusterIP);

    await operator.stop();
    await kubectl("delete", "service/web-counter");
    const ports = [{ port: 80 }];
    const spec = { clusterIP: first.spec?.clusterIP, ports };
    await kubectl.apply({ apiVersion: "v1", kind: "Service", metadata: { name: "thief" }, spec });
    operator = await startOperator(api.kubeconfig);
    const third = await again(second.metadata?.uid);
    expect(third.spec?.clusterIP).not.toBe(first.spec?.clusterIP);
    await kubectl("delete", "service/thief");
    await until("the proxies know it", async () =>
      (await kubectl("get", "configmap/web-proxy", "-o", "yaml")).includes(`${third.spec?.clusterIP}:80`),
    );
  });
});

describe("what is somebody else's", () => {
  it("is never taken: the HitCounter says so and does the rest", async () => {
    const kubectl = await namespace("foreign");
    await kubectl("create", "service", "clusterip", "proxy", "--tcp=80");
    const uid = await kubectl("get", "service/proxy", "-o", "jsonpath={.metadata.uid}");
    await kubectl.apply(hitCounter("web", { proxy: { service: { name: "proxy" } } }));
    const object = await until("the HitCounter is Degraded", async () => {
      const seen = await kubectl.json<HitCounter>("get", "hitcounter", "web");
      return conditionOf(seen, "Degraded")?.status === "True" && seen;
    });
    expect(conditionOf(object, "Degraded")).toMatchObject({
      reason: "Refused",
      message: "Service proxy exists and was not made by this operator: rename one of the two.",
    });
    expect(await kubectl("get", "service/proxy", "-o", "jsonpath={.metadata.uid} {.spec.selector}")).toBe(
      `${uid} {"app":"proxy"}`,
    );
    expect(await names(kubectl)).toContain("deployment.apps/web-proxy");

    await kubectl("delete", "service/proxy");
    await until("the HitCounter has its Service", async () => {
      const seen = await kubectl.json<HitCounter>("get", "hitcounter", "web");
      return conditionOf(seen, "Degraded")?.status === "False";
    });
  });
});

describe("a deleted HitCounter", () => {
  it("takes its children along, and one of the same name made at once gets its own", async () => {
    await api.startControllers(["garbage-collector-controller"]);
    const kubectl = await namespace("delete");
    await kubectl.apply(hitCounter("web"));
    await untilAllThere(kubectl);
    await kubectl("delete", "hitcounter", "web");
    await kubectl.apply(hitCounter("web"));
    const uid = await kubectl("get", "hitcounter", "web", "-o", "jsonpath={.metadata.uid}");
    await until("every child belongs to the new one", async () => {
      const owners = await kubectl(
        "get",
        kinds,
        "-l",
        "app.kubernetes.io/instance=web",
        "-o",
        "jsonpath={range .items[*]}{.metadata.ownerReferences[*].uid}{' '}{end}",
      );
      const uids = owners.trim().split(" ");
      return uids.length === children.length && uids.every((owner) => owner === uid);
    });
    await kubectl("delete", "hitcounter", "web");
    await until("every child is gone", async () => (await names(kubectl)).length === 0);
  });
});

describe("the operator", () => {
  it("ends by itself at SIGTERM", async () => {
    expect(await operator.stop()).toBe(0);
    operator = await startOperator(api.kubeconfig);
  });
});
