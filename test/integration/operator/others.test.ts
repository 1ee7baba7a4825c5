import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { V1Deployment, V1PodSpec, V1Secret } from "@kubernetes/client-node";
import { VERSION_LABEL } from "../../../operator/desired/counterDeployment.ts";
import { childKinds, hitCounters } from "../../../operator/kinds.ts";
import { conditionOf } from "../../../operator/runtime/conditions.ts";
import { connect } from "../../../operator/runtime/connect.ts";
import type { KubeClient } from "../../../operator/runtime/kubeClient.ts";
import type { KubeObject, ResourceKind } from "../../../operator/runtime/objects.ts";
import {
  type ApiServer,
  type RunningOperator,
  startApiServer,
  startOperator,
} from "../../support/apiServer.ts";
import { writeEventsOf } from "../../support/audit.ts";
import { patchSpec, untilTold } from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { failToPull, makeWeb, patch, sayHealthy } from "../../support/pretended.ts";
import { until } from "../../support/until.ts";
import { startWebhook, type Webhook } from "../../support/webhook.ts";

// What others do to the children: people, clients, webhooks, other controllers. No kubelet and no controllers run here.

/** How long what is at rest is watched, at least. */
const REST_MS = 15_000;

let api: ApiServer;
let operator: RunningOperator;
let client: KubeClient;
let webhook: Webhook;

beforeAll(async () => {
  api = await startApiServer();
  client = connect({ kubeconfig: api.kubeconfig, userAgent: "others-test" });
  webhook = await startWebhook(api, ["deployments", "statefulsets"], neverPull);
  operator = await startOperator(api.kubeconfig);
}, 1_800_000);
afterAll(async () => {
  await operator?.stop();
  await webhook?.stop();
  await client?.close();
  await api?.stop();
});

/** What the webhook does to whatever has a namespace that begins so. */
function neverPull(object: unknown): object[] {
  const isHooked = (object as KubeObject).metadata?.namespace?.startsWith("hooked") ?? false;
  const path = "/spec/template/spec/containers/0/imagePullPolicy";
  return isHooked ? [{ op: "add", path, value: "Never" }] : [];
}

/** A child, once it is there. */
const child = <T extends KubeObject>(kind: ResourceKind<T>, namespace: string, name: string) =>
  until(`${kind.kind} ${name} is there`, () => client.get(kind, { namespace, name }), { everyMs: 50 });
const counters = (namespace: string) => child(childKinds.Deployment, namespace, "web-counter");
const podOf = ({ spec }: V1Deployment): V1PodSpec => {
  if (!spec?.template.spec) throw new Error("it has no pods");
  return spec.template.spec;
};
const untilVersion = (namespace: string, version: string) =>
  until(`the counters run ${version}`, async () => {
    const { spec } = await counters(namespace);
    return spec?.template.metadata?.labels?.[VERSION_LABEL] === version;
  });
/** What the events of `web` say for this reason. */
const untilEvent = (kubectl: Kubectl, reason: string, words: RegExp) =>
  until(`an event ${reason}`, async () => {
    const format = "jsonpath={range .items[*]}{.message}{'\\n'}{end}";
    const notes = await kubectl("get", "events", "--field-selector", `reason=${reason}`, "-o", format);
    if (words.test(notes)) return notes;
    throw new Error(notes);
  });
/** The operator's writes in a namespace, as the API server has them in its log. */
const writesIn = async (namespace: string) =>
  (await writeEventsOf(api.auditLog, "hitcounter-operator"))
    .filter(({ objectRef }) => objectRef?.namespace === namespace)
    .map(({ verb, objectRef }) => `${verb} ${objectRef?.resource} ${objectRef?.name}`);
const since = (mark: number) => performance.now() - mark;

const hooked = ["hooked", "hooked-autoscaled"];
const atRest = new Map<string, { since: number; writes: number }>();
/** Waits until nothing is left to do in these namespaces, events among it, which are written beside the work. */
const untilAtRest = async (...namespaces: string[]) => {
  const note = async (namespace: string) => {
    const { length: writes } = await writesIn(namespace);
    atRest.set(namespace, { since: performance.now(), writes });
    return writes;
  };
  await until("nothing is left to do", async () => {
    const before = await Promise.all(namespaces.map(note));
    await sleep(1_500);
    const after = await Promise.all(namespaces.map(note));
    return after.every((writes, index) => writes === before[index]);
  });
};

describe("what admission changes", () => {
  it("is told, field by field, and is no fault", async () => {
    const counter = { autoscaling: { minReplicas: 2, maxReplicas: 3 } };
    await Promise.all([makeWeb(api, "hooked"), makeWeb(api, "hooked-autoscaled", { counter })]);
    for (const namespace of hooked) {
      const message = await untilTold(client, namespace, "Degraded=False ChangedByAdmission");
      for (const workload of ["Deployment web-counter", "Deployment web-proxy", "StatefulSet web-redis"]) {
        expect(message).toMatch(
          new RegExp(`containers\\[\\w+\\]\\.imagePullPolicy of ${workload} from "IfNotPresent" to "Never"`),
        );
      }
    }
    await untilAtRest(...hooked);
  });
});

describe("a client that sets a field back each time it is repaired", () => {
  const namespace = "meddled";
  const ended = new AbortController();
  let began: number;
  let meddling: Promise<void>;

  /** Sets it back whenever it sees it repaired. */
  async function meddle(): Promise<void> {
    const key = { namespace, name: "web-redis" };
    const change = { spec: { selector: { "app.kubernetes.io/component": "other" } } };
    const again = () => patch(client, childKinds.Service, key, change, { fieldManager: "meddler" });
    const { metadata } = await again();
    const { resourceVersion = "" } = metadata ?? {};
    const options = { namespace, resourceVersion, timeoutSeconds: 600, signal: ended.signal };
    for await (const { type, object } of client.watch(childKinds.Service, options)) {
      if (type === "BOOKMARK") continue;
      const isRepaired = object.spec?.selector?.["app.kubernetes.io/component"] === "redis";
      if (object.metadata?.name === key.name && isRepaired) await again();
    }
  }

  it("is named", async () => {
    await makeWeb(api, namespace);
    await untilTold(client, namespace, "Degraded=False AsExpected");
    began = performance.now();
    meddling = meddle().catch(() => {}); // it ends by being told to
    const message = await untilTold(client, namespace, "Degraded=True Contested");
    expect(message).toMatch(/^Service web-redis: meddler keeps changing spec\.selector/);
  });

  it("gets ever fewer repairs", async () => {
    const repairs = async () =>
      (await writesIn(namespace)).filter((write) => write === "patch services web-redis").length - 1;
    await until("there are some", async () => (await repairs()) >= 3);
    ended.abort();
    await meddling;
    // The n-th waits for half of 2^(n-2) seconds at least.
    expect(await repairs()).toBeLessThanOrEqual(2 + Math.log2(1 + (2 * since(began)) / 1_000));
  });
});

describe("what kubectl edits so that a merge can't undo it", () => {
  it("is repaired as any other, told, and holds up no new version", async () => {
    const kubectl = await makeWeb(api, "edited", { proxy: { service: { name: "site" } } });
    await untilTold(client, "edited", "Degraded=False AsExpected");
    const state = async () => {
      const proxies = podOf(await child(childKinds.Deployment, "edited", "web-proxy"));
      const service = await child(childKinds.Service, "edited", "site");
      return {
        servicePorts: service.spec?.ports,
        counterPorts: podOf(await counters("edited")).containers[0]?.ports,
        probe: proxies.containers[0]?.readinessProbe,
      };
    };
    const before = await state();
    const edit = (what: string, path: string, value: unknown) =>
      kubectl("patch", what, "--type=json", "-p", JSON.stringify([{ op: "replace", path, value }]));
    const container = "/spec/template/spec/containers/0";
    await edit("service/site", "/spec/ports/0/port", 8000);
    await edit("deployment/web-counter", `${container}/ports/0/containerPort`, 9090);
    await edit("deployment/web-proxy", `${container}/readinessProbe`, { tcpSocket: { port: 8080 } });
    await until("all is as it was", async () => {
      expect(await state()).toEqual(before);
      return true;
    });
    for (const what of ["Service site", "Deployment web-counter", "Deployment web-proxy"]) {
      await untilEvent(kubectl, "DriftRepaired", new RegExp(`Undid changes made to .*${what}`));
    }
    await patchSpec(kubectl, "web", { version: "1.1.0", proxy: { service: { port: 81 } } });
    await untilVersion("edited", "1.1.0");
    await until("the port is another", async () => (await state()).servicePorts?.[0]?.port === 81);
    expect((await state()).servicePorts).toHaveLength(1);
    await untilTold(client, "edited", "Degraded=False AsExpected");
  });
});

describe("what keeps a child from rolling", () => {
  it("is repaired, so that a new version rolls: a pause, a partition", async () => {
    const kubectl = await makeWeb(api, "halted");
    await untilTold(client, "halted", "Degraded=False AsExpected");
    await kubectl("rollout", "pause", "deployment/web-counter");
    const updateStrategy = { rollingUpdate: { partition: 7 } };
    await patch(
      client,
      childKinds.StatefulSet,
      { namespace: "halted", name: "web-redis" },
      { spec: { updateStrategy } },
    );
    await patchSpec(kubectl, "web", { version: "1.1.0" });
    await untilVersion("halted", "1.1.0");
    await until("nothing is paused", async () => {
      const { spec } = await child(childKinds.StatefulSet, "halted", "web-redis");
      const isPaused = (await counters("halted")).spec?.paused ?? false;
      return !isPaused && spec?.updateStrategy?.rollingUpdate?.partition === 0;
    });
  });

  it("is told where it is somebody's finalizer, and waited for", async () => {
    const key = { namespace: "halted", name: "web-proxy" };
    const held = { metadata: { finalizers: ["example.com/hold"] } };
    const { metadata } = await patch(client, childKinds.ConfigMap, key, held);
    await client.delete(childKinds.ConfigMap, key);
    const message = await untilTold(client, "halted", "Progressing=True Waiting");
    expect(message).toMatch(
      /^ConfigMap web-proxy is being deleted, held by its finalizers example\.com\/hold/,
    );
    await patch(client, childKinds.ConfigMap, key, { metadata: { finalizers: null } });
    await until("it is made anew", async () => {
      const uid = (await client.get(childKinds.ConfigMap, key))?.metadata?.uid;
      return uid !== undefined && uid !== metadata?.uid;
    });
    await untilTold(client, "halted", "Progressing=True RollingOut");
  });
});

describe("a version that was taken back", () => {
  it("is not tried again by whoever scales, and is by another message", async () => {
    const kubectl = await makeWeb(api, "scaled");
    await untilTold(client, "scaled", "Degraded=False AsExpected");
    await sayHealthy(client, "scaled");
    await patchSpec(kubectl, "web", { version: "1.1.0" });
    await untilVersion("scaled", "1.1.0");
    await failToPull(client, await counters("scaled"), "web-counter-new");
    await untilVersion("scaled", "1.0.0");
    const untilReplicas = (replicas: number) =>
      until("it is scaled", async () => (await counters("scaled")).spec?.replicas === replicas);

    await kubectl("scale", "hitcounter/web", "--replicas=4");
    await untilReplicas(4);
    // As an autoscaler does that somebody has set on the HitCounter itself.
    const by = { fieldManager: "kube-controller-manager", subresource: "scale" } as const;
    await patch(client, hitCounters, { namespace: "scaled", name: "web" }, { spec: { replicas: 5 } }, by);
    await untilReplicas(5);
    const { metadata, status } = await until("it is told", async () => {
      const object = await child(hitCounters, "scaled", "web");
      return object.status?.observedGeneration === object.metadata.generation && object;
    });
    expect(conditionOf(status, "RolledBack")).toMatchObject({ status: "True", reason: "ImagePullBackOff" });
    expect(metadata.generation).toBe(4);
    await untilVersion("scaled", "1.0.0");

    await patchSpec(kubectl, "web", { message: "{hits} again" });
    await untilVersion("scaled", "1.1.0");
    await untilTold(client, "scaled", "RolledBack=False AsWanted");
  });
});

describe("a label, a nodeSelector and an annotation of an empty value", () => {
  it("are put back where somebody removes them", async () => {
    const empty = { "example.com/empty": "" };
    await makeWeb(api, "empty", {
      counter: { pod: { labels: empty, annotations: empty, nodeSelector: empty } },
    });
    const key = "example.com/empty";
    const values = async () => {
      const { spec } = await counters("empty");
      const { labels, annotations } = spec?.template.metadata ?? {};
      return [labels?.[key], annotations?.[key], spec?.template.spec?.nodeSelector?.[key]];
    };
    expect(await values()).toEqual(["", "", ""]);
    const gone = { [key]: null };
    for (const change of [
      { metadata: { labels: gone } },
      { metadata: { annotations: gone } },
      { spec: { nodeSelector: gone } },
    ]) {
      const where = { namespace: "empty", name: "web-counter" };
      await patch(client, childKinds.Deployment, where, { spec: { template: change } });
      await until("it is put back", async () => {
        expect(await values()).toEqual(["", "", ""]);
        return true;
      });
    }
  });
});

describe("a condition of another controller", () => {
  it("is kept when the operator tells something else, and is nothing to write for", async () => {
    const kubectl = await makeWeb(api, "conditions");
    await untilTold(client, "conditions", "Degraded=False AsExpected");
    const value = {
      type: "example.com/Checked",
      status: "True",
      reason: "Checked",
      message: "By another.",
      lastTransitionTime: new Date().toISOString(),
    };
    const change = [{ op: "add", path: "/status/conditions/-", value }];
    const by = { fieldManager: "another-controller", subresource: "status", type: "json" } as const;
    await patch(client, hitCounters, { namespace: "conditions", name: "web" }, change, by);
    await patchSpec(kubectl, "web", { paused: true });
    await untilTold(client, "conditions", "Progressing=False Paused");
    await patchSpec(kubectl, "web", { paused: false });
    await untilTold(client, "conditions", "Progressing=True RollingOut");
    const { status } = await child(hitCounters, "conditions", "web");
    expect(conditionOf(status, value.type)).toEqual({ ...value, lastTransitionTime: expect.any(String) });
    await untilAtRest("conditions");
    const looks = () =>
      operator.log().filter((line) => line.msg === "reconciled" && line.namespace === "conditions").length;
    for (let look = 0; look < 3; look += 1) {
      const before = looks();
      await kubectl("annotate", "service/web-counter", "--overwrite", `example.com/look=${look}`);
      await until("the operator has looked", () => looks() > before);
    }
    expect((await writesIn("conditions")).slice(atRest.get("conditions")?.writes)).toEqual([]);
  });
});

describe("a Secret of Redis that somebody touches", () => {
  const passwordIn = (secret: V1Secret | undefined) => secret?.data?.password;
  const secretIn = (namespace: string) => client.get(childKinds.Secret, { namespace, name: "web-redis" });
  const templates = async (namespace: string) => {
    const redis = await child(childKinds.StatefulSet, namespace, "web-redis");
    return JSON.stringify([redis.spec?.template, (await counters(namespace)).spec?.template]);
  };
  const OTHER = Buffer.from("another-password-that-is-long").toString("base64");
  const change = (namespace: string) =>
    patch(client, childKinds.Secret, { namespace, name: "web-redis" }, { data: { password: OTHER } });
  const remove = (namespace: string) => client.delete(childKinds.Secret, { namespace, name: "web-redis" });

  it.each([
    ["changed", change],
    ["deleted", remove],
  ])("(%s) is put back as it was while an operator runs", async (how, act) => {
    const namespace = `secret-${how}`;
    await makeWeb(api, namespace);
    await untilTold(client, namespace, "Degraded=False AsExpected");
    const [before, roll] = [await secretIn(namespace), await templates(namespace)];
    await act(namespace);
    await until("it is as it was", async () => {
      const secret = await secretIn(namespace);
      return (
        passwordIn(secret) === passwordIn(before) &&
        secret?.metadata?.resourceVersion !== before?.metadata?.resourceVersion
      );
    });
    expect(await templates(namespace)).toBe(roll);
  });

  it("is left alone in all that time, as is all that is at rest", async () => {
    expect([...atRest.keys()].sort()).toEqual(["conditions", ...hooked]);
    for (const [namespace, rest] of atRest) {
      await sleep(Math.max(0, REST_MS - since(rest.since)));
      expect((await writesIn(namespace)).slice(rest.writes)).toEqual([]);
    }
    for (const namespace of hooked) {
      expect(await api.kubectl.in(namespace)("get", "events")).not.toContain("DriftRepaired");
    }
  });

  it("while none runs is put back where it was changed, and made anew where it was deleted, for which all roll", async () => {
    const namespaces = ["secret-changed", "secret-deleted"] as const;
    const [changed, deleted] = await Promise.all(namespaces.map(templates));
    const before = passwordIn(await secretIn("secret-changed"));
    await operator.stop();
    await change("secret-changed");
    await remove("secret-deleted");
    operator = await startOperator(api.kubeconfig);
    await until("it is put back", async () => passwordIn(await secretIn("secret-changed")) === before);
    await untilEvent(
      api.kubectl.in("secret-deleted"),
      "PasswordChanged",
      /^Secret web-redis has other passwords than Redis/,
    );
    await until("they roll", async () => (await templates("secret-deleted")) !== deleted);
    expect(await templates("secret-changed")).toBe(changed);
  });
});
