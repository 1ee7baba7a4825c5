import { describe, expect, it } from "@jest/globals";
import type {
  V1CronJob,
  V1Deployment,
  V1NetworkPolicy,
  V1NetworkPolicyPeer,
  V1StatefulSet,
} from "@kubernetes/client-node";
import { hitCounterWith, inputsFor } from "../testing/fixtures.ts";
import { desiredObjects } from "./index.ts";
import type { Inputs } from "./inputs.ts";
import { networkPolicy, operatorWalls } from "./networkPolicies.ts";
import { served } from "./proxyTls.ts";

const monitored = { monitoring: { enabled: true } };
const backedUp = { backup: { schedule: "@daily" } };
const inputs = (spec: Parameters<typeof hitCounterWith>[0] = {}, more: Partial<Inputs> = {}): Inputs => ({
  ...inputsFor(hitCounterWith(spec)),
  ...more,
});
const policiesOf = (all: Inputs) =>
  desiredObjects(all).filter(({ kind }) => kind === "NetworkPolicy") as V1NetworkPolicy[];

/** Who is let in, in words: whom a label names, where else, and by which ports. */
const letIn = (policy: V1NetworkPolicy | undefined) =>
  policy?.spec?.ingress?.map(({ _from: _, ...rule }) => {
    const { from, ports } = rule as typeof rule & { from?: V1NetworkPolicyPeer[] };
    return `${from?.map(peer).join(" or ") ?? "anybody"}: ${ports?.map(({ port }) => port).join()}`;
  });
const reaches = (policy: V1NetworkPolicy | undefined) =>
  policy?.spec?.egress?.map(
    ({ to, ports }) =>
      `${to?.map(peer).join(" or ") ?? "anywhere"}: ${ports?.map(({ port, protocol }) => `${protocol === "TCP" ? "" : protocol}${port}`).join()}`,
  );
const peer = ({ podSelector, namespaceSelector }: V1NetworkPolicyPeer) =>
  [podSelector, namespaceSelector]
    .flatMap((selector) => (selector ? [Object.values(selector.matchLabels ?? {}).join("/") || "all"] : []))
    .join(" in ");

describe("the walls of a HitCounter", () => {
  it("let in who has to come in, and nobody else", () => {
    const of = (component: Parameters<typeof networkPolicy>[1]) =>
      letIn(networkPolicy(inputs({ ...monitored, ...backedUp }), component));
    expect(of("proxy")).toEqual([
      "anybody: 8080",
      "hitcounter-operator in hitcounter-system: 8080",
      "hitcounter/web/exporter-nginx: 8081",
    ]);
    expect(of("counter")).toEqual(["hitcounter/web/proxy: 8080", "true: 8080"]);
    expect(of("redis")).toEqual([
      "hitcounter/web/counter: 6379",
      "hitcounter/web/redis: 6379",
      "hitcounter-operator in hitcounter-system: 6379",
      "hitcounter/web/exporter: 6379",
      "hitcounter/web/backup: 6379",
    ]);
    expect(of("exporter")).toEqual(["true: 9121"]);
    expect(of("exporter-nginx")).toEqual(["true: 9113"]);
    expect(of("backup")).toEqual([]);
  });

  it("let out no more than each needs", () => {
    const of = (component: Parameters<typeof networkPolicy>[1]) =>
      reaches(networkPolicy(inputs({ ...monitored, ...backedUp }), component));
    expect(of("proxy")).toEqual(["hitcounter/web/counter: 8080"]);
    expect(of("counter")).toEqual(["hitcounter/web/redis: 6379", "anywhere: UDP53,53"]);
    expect(of("redis")).toEqual(["hitcounter/web/redis: 6379"]);
    expect(of("exporter")).toEqual(["hitcounter/web/redis: 6379", "anywhere: UDP53,53"]);
    expect(of("exporter-nginx")).toEqual(["hitcounter/web/proxy: 8081"]);
    expect(of("backup")).toEqual(["hitcounter/web/redis: 6379", "anywhere: UDP53,53"]);
  });

  it("have no opening for exporters and backups where there are none", () => {
    expect(JSON.stringify(policiesOf(inputs()))).not.toMatch(/exporter|backup/);
    expect(policiesOf(inputs({ ...monitored, ...backedUp }))).toHaveLength(6);
  });

  it("let visitors in by HTTPS as long as the proxies serve it, whatever spec says by now", () => {
    const pair = { certificate: "C", key: "K" };
    const tls = { pairs: served(undefined, pair), port: 443, redirect: true, wanted: false };
    const proxy = networkPolicy(inputs({}, { tls }), "proxy");
    expect(letIn(proxy)).toContain("anybody: 8443");
    expect(letIn(proxy)).toContain("hitcounter-operator in hitcounter-system: 8443");
    expect(letIn(networkPolicy(inputs(), "proxy"))?.join()).not.toContain("8443");
  });

  it("have none for an operator that has no pods", () => {
    expect(JSON.stringify(policiesOf(inputs({}, { operatorNamespace: undefined })))).not.toContain("system");
  });

  it("stand around the pods of every component, before these are made", () => {
    const objects = desiredObjects(inputs({ ...monitored, ...backedUp }));
    const templateOf = (object: object) =>
      (object as V1Deployment | V1StatefulSet).spec?.template ??
      (object as V1CronJob).spec?.jobTemplate?.spec?.template;
    const workloads = objects.filter((object) => templateOf(object) !== undefined);
    expect(workloads).toHaveLength(6);
    for (const workload of workloads) {
      const { labels = {} } = templateOf(workload)?.metadata ?? {};
      const around = objects.filter(
        (object) =>
          object.kind === "NetworkPolicy" &&
          Object.entries((object as V1NetworkPolicy).spec?.podSelector?.matchLabels ?? {}).every(
            ([name, value]) => labels[name] === value,
          ),
      );
      expect(around).toHaveLength(1);
      expect(objects.indexOf(around[0] as V1NetworkPolicy)).toBeLessThan(objects.indexOf(workload));
    }
  });

  it("know no version: an upgrade changes none of them", () => {
    expect(policiesOf(inputs({ version: "2.0.0" }))).toEqual(policiesOf(inputs()));
    expect(JSON.stringify(policiesOf(inputs()))).not.toContain("version");
  });

  it("are gone where spec turns them off", () => {
    expect(policiesOf(inputs({ ...monitored, networkPolicy: { enabled: false } }))).toEqual([]);
  });
});

describe("the walls of the operator", () => {
  const policy = { spec: operatorWalls() };

  it("let in who asks for metrics, and let out to the proxies and the Redis of any HitCounter", () => {
    expect(letIn(policy)).toEqual(["true: 8081"]);
    expect(reaches(policy)).toEqual([
      "hitcounter/proxy in all: 8080",
      "hitcounter/proxy in all: 8443",
      "hitcounter/redis in all: 6379",
      "anywhere: UDP53,53",
      "anywhere: 6443,443,8443,16443",
    ]);
  });
});
