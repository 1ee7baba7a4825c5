import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import type { HitCounter } from "../../../operator/api/hitCounter.ts";
import { type ApiServer, startApiServer } from "../../support/apiServer.ts";

const samples = join(import.meta.dirname, "../../../samples");
let api: ApiServer;

beforeAll(async () => {
  api = await startApiServer();
}, 1_800_000);
afterAll(async () => await api?.stop());

const hitCounter = (name: string, spec: object) => ({
  apiVersion: "hitcounter.dev/v1alpha1",
  kind: "HitCounter",
  metadata: { name, namespace: "default" },
  spec,
});

describe("a HitCounter the API server takes", () => {
  it.each(["hitcounter.yaml", "hitcounter-full.yaml"])(
    "is the sample %s, without a warning",
    async (file) => {
      const { code, stdout, stderr } = await api.kubectl.attempt("apply", "-f", join(samples, file));
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toMatch(/created/);
    },
  );

  it("has its defaults filled in", async () => {
    const { spec } = await api.kubectl.json<HitCounter>("get", "hitcounter", "hitcounter");
    expect(spec).toMatchObject({
      message: "Holla! we have hit {hits} times",
      counter: { replicas: 2, strategy: { maxSurge: 1, maxUnavailable: 0 } },
      redis: { durability: "always", storage: { size: "1Gi" } },
      proxy: { replicas: 2, service: { name: "proxy", type: "LoadBalancer", port: 80 } },
      deletionPolicy: "Retain",
    });
  });

  it("has a status of no generation until an operator has looked at it", async () => {
    const { metadata, status } = await api.kubectl.json<HitCounter>("get", "hitcounter", "hitcounter");
    expect([metadata.generation, status]).toEqual([1, { observedGeneration: -1 }]);
  });

  it("may have any field that the full sample shows, and that shows every field", async () => {
    const full = await api.kubectl("get", "hitcounter", "every-field", "-o", "yaml");
    const explained = await api.kubectl("explain", "hitcounter.spec", "--recursive");
    const fields = [...explained.matchAll(/^ {2,}(\w+)\t/gm)].map(([, name]) => name);
    const sample = await import("node:fs/promises").then(({ readFile }) =>
      readFile(join(samples, "hitcounter-full.yaml"), "utf8"),
    );
    expect(fields.length).toBeGreaterThan(20);
    for (const field of fields) expect(sample).toMatch(new RegExp(`\\b${field}:`));
    expect(parse(full).spec.proxy.service.annotations).toEqual({ "example.com/scheme": "internet-facing" });
  });
});

describe("a HitCounter the API server refuses, naming the field", () => {
  it.each<[string, object, RegExp]>([
    ["no version", {}, /spec\.version: Required value/],
    ["a bad version", { version: "1.0 beta" }, /spec\.version.*must be an image tag such as 1\.0\.0/s],
    ["a version that is a number", { version: 1 }, /spec\.version.*must be of type string/],
    [
      "negative replicas",
      { version: "1.0.0", counter: { replicas: -1 } },
      /spec\.counter\.replicas.*greater than or equal to 0/,
    ],
    [
      "an unknown durability",
      { version: "1.0.0", redis: { durability: "sometimes" } },
      /spec\.redis\.durability.*supported values: "always", "everysec"/,
    ],
    [
      "a size that is none",
      { version: "1.0.0", redis: { storage: { size: "big" } } },
      /spec\.redis\.storage\.size/,
    ],
    ["an unknown field", { version: "1.0.0", replicas: 3 }, /unknown field "spec\.replicas"/],
    [
      "a field of a later version",
      { version: "1.0.0", monitoring: { enabled: true } },
      /unknown field "spec\.monitoring"/,
    ],
    [
      "a deadline that no version could meet",
      { version: "1.0.0", upgrade: { deadlineSeconds: 1 } },
      /spec\.upgrade\.deadlineSeconds.*greater than or equal to 10/,
    ],
    [
      "a strategy that can't replace",
      { version: "1.0.0", counter: { strategy: { maxSurge: "0%" } } },
      /spec\.counter\.strategy.*must not both be 0/s,
    ],
    [
      "autoscaling without a most",
      { version: "1.0.0", counter: { autoscaling: { minReplicas: 2 } } },
      /spec\.counter\.autoscaling\.maxReplicas: Required value/,
    ],
    [
      "autoscaling to no less than too much",
      { version: "1.0.0", counter: { autoscaling: { minReplicas: 4, maxReplicas: 3 } } },
      /spec\.counter\.autoscaling.*minReplicas must not be above maxReplicas/s,
    ],
    [
      "autoscaling to none",
      { version: "1.0.0", counter: { autoscaling: { minReplicas: 0, maxReplicas: 3 } } },
      /spec\.counter\.autoscaling\.minReplicas.*greater than or equal to 1/,
    ],
    [
      "autoscaling by a load that nothing is measured against",
      { version: "1.0.0", counter: { autoscaling: { maxReplicas: 3 }, resources: { requests: {} } } },
      /spec\.counter.*autoscaling needs spec\.counter\.resources\.requests\.cpu/s,
    ],
    ...["counter", "redis", "proxy"].flatMap((part): [string, object, RegExp][] => [
      [
        `a label of the operator's own for ${part}`,
        { version: "1.0.0", [part]: { pod: { labels: { "app.kubernetes.io/name": "mine" } } } },
        new RegExp(`spec\\.${part}\\.pod\\.labels must not have keys of the operator's own`),
      ],
      [
        `an annotation of the operator's own for ${part}`,
        { version: "1.0.0", [part]: { pod: { annotations: { "hitcounter.dev/config-hash": "0" } } } },
        new RegExp(`spec\\.${part}\\.pod\\.annotations must not have keys of the operator's own`),
      ],
    ]),
    [
      "a label that is none",
      { version: "1.0.0", counter: { pod: { labels: { team: "not a label" } } } },
      /spec\.counter\.pod\.labels/,
    ],
    [
      "a toleration of all without saying so",
      { version: "1.0.0", redis: { pod: { tolerations: [{ effect: "NoSchedule" }] } } },
      /spec\.redis\.pod\.tolerations.*its operator must be Exists/s,
    ],
    [
      "a toleration of any value that names one",
      { version: "1.0.0", redis: { pod: { tolerations: [{ key: "a", operator: "Exists", value: "b" }] } } },
      /operator Exists must have no value/,
    ],
    [
      "a toleration for a while that nothing ends",
      { version: "1.0.0", redis: { pod: { tolerations: [{ key: "a", tolerationSeconds: 5 }] } } },
      /tolerationSeconds must have effect NoExecute/,
    ],
    [
      "an unknown kind of affinity",
      { version: "1.0.0", proxy: { pod: { affinity: { nodeAffinty: {} } } } },
      /unknown field "spec\.proxy\.pod\.affinity\.nodeAffinty"/,
    ],
    [
      "a spread of the one Redis",
      { version: "1.0.0", redis: { pod: { topologySpreadConstraints: [] } } },
      /unknown field "spec\.redis\.pod\.topologySpreadConstraints"/,
    ],
    [
      "a bad Service name",
      { version: "1.0.0", proxy: { service: { name: "My_Proxy" } } },
      /spec\.proxy\.service\.name.*must be a Service name/s,
    ],
    [
      "the Service name of a child",
      { version: "1.0.0", proxy: { service: { name: "bad-redis" } } },
      /spec\.proxy\.service\.name must not be/,
    ],
    [
      "a node port without a type for it",
      { version: "1.0.0", proxy: { service: { type: "ClusterIP", nodePort: 30080 } } },
      /nodePort needs type NodePort or LoadBalancer/,
    ],
    [
      "a port that is none",
      { version: "1.0.0", proxy: { service: { port: 70000 } } },
      /spec\.proxy\.service\.port.*less than or equal to 65535/,
    ],
    [
      "an unknown deletion policy",
      { version: "1.0.0", deletionPolicy: "Keep" },
      /spec\.deletionPolicy.*supported values: "Retain", "Delete"/,
    ],
  ])("has %s", async (_title, spec, sentence) => {
    const { code, stderr } = await api.kubectl.attemptApply(hitCounter("bad", spec));
    expect(stderr).toMatch(sentence);
    expect(code).not.toBe(0);
  });

  it.each([
    ["too long", "a".repeat(47), /metadata\.name must have 46 characters at most/],
    ["no name for a Service", "1st", /metadata\.name must be lower-case letters/],
  ])("has a name that is %s", async (_title, name, sentence) => {
    const { code, stderr } = await api.kubectl.attemptApply(hitCounter(name, { version: "1.0.0" }));
    expect(stderr).toMatch(sentence);
    expect(code).not.toBe(0);
  });

  it("has a name of 46 characters only just not", async () => {
    await api.kubectl.apply(hitCounter("a".repeat(46), { version: "1.0.0" }));
    await api.kubectl("delete", "hitcounter", "a".repeat(46));
  });

  it.each([
    ["shrinks its volume", { size: "500Mi" }, /spec\.redis\.storage\.size can't become smaller/],
    ["changes its StorageClass", { storageClassName: "fast" }, /storageClassName can't be changed while/],
  ])("%s, and stays as it was", async (_title, storage, sentence) => {
    const patch = JSON.stringify({ spec: { redis: { storage } } });
    const change = ["patch", "hitcounter", "hitcounter", "--type=merge", "-p", patch];
    const { code, stderr } = await api.kubectl.attempt(...change);
    expect(stderr).toMatch(sentence);
    expect(code).not.toBe(0);
  });
});

describe("kubectl", () => {
  it("finds HitCounters by their short name and among all", async () => {
    expect(await api.kubectl("get", "hc")).toContain("every-field");
    expect(await api.kubectl("get", "all")).toContain("hitcounter.hitcounter.dev/every-field");
  });

  it("shows what a user looks for", async () => {
    const status = {
      version: "1.0.0",
      ready: "2/2",
      hits: 42,
      address: "192.0.2.1",
      conditions: [
        {
          type: "Ready",
          status: "True",
          reason: "Serving",
          message: "It serves.",
          lastTransitionTime: "2026-01-02T03:04:05Z",
        },
      ],
    };
    await api.kubectl(
      "patch",
      "hitcounter",
      "hitcounter",
      "--subresource=status",
      "--type=merge",
      "-p",
      JSON.stringify({ status }),
    );
    const [header, row] = (await api.kubectl("get", "hitcounter", "hitcounter")).split("\n");
    expect(header?.split(/\s+/)).toEqual(["NAME", "VERSION", "READY", "HITS", "ADDRESS", "STATUS", "AGE"]);
    expect(row?.split(/\s+/).slice(0, 6)).toEqual([
      "hitcounter",
      "1.0.0",
      "2/2",
      "42",
      "192.0.2.1",
      "Serving",
    ]);
    expect(await api.kubectl("get", "hitcounter", "hitcounter", "-o", "wide")).toContain("It serves.");
  });

  it("explains every field of the spec", async () => {
    const explained = await api.kubectl("explain", "hitcounter.spec");
    expect(explained).toContain("The version to run: the tag of the counter image.");
    expect(explained).not.toContain("<no description>");
  });

  it("scales the counters", async () => {
    await api.kubectl("scale", "hitcounter/hitcounter", "--replicas=5");
    expect(
      await api.kubectl("get", "hitcounter", "hitcounter", "-o", "jsonpath={.spec.counter.replicas}"),
    ).toBe("5");
  });
});
