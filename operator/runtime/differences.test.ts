import { describe, expect, it } from "@jest/globals";
import { differences, sameAsApplied, stepsOf } from "./differences.ts";

const container = { name: "web", image: "web:1" };
const changed = { ...container, image: "web:2" };
const sidecar = { name: "mesh", image: "mesh:7" };

describe("an object is as applied", () => {
  it.each<[string, unknown, unknown]>([
    ["others set further fields", { a: 1 }, { a: 1, b: 2 }],
    ["deep down too", { spec: { a: { b: 1 } } }, { spec: { a: { b: 1, c: 2 } }, status: {} }],
    ["a field is not wanted", { a: 1, b: undefined, c: null }, { a: 1, b: 2, c: 3 }],
    ["empty fields were dropped", { a: {}, b: [], c: "", d: { e: {} } }, {}],
    ["a variable is empty", { env: [{ name: "A", value: "" }] }, { env: [{ name: "A" }] }],
    [
      "false and zero were dropped, where they are",
      { spec: { paused: false, minReadySeconds: 0, template: { spec: { hostNetwork: false } } } },
      { spec: { template: { spec: {} } } },
    ],
    ["all of a part was dropped", { spec: { paused: false } }, {}],
    ["an empty map is wanted and others filled it", { labels: {} }, { labels: { a: "b" } }],
    ["named items were added and moved", { containers: [container] }, { containers: [sidecar, container] }],
    [
      "items were given defaults",
      { ports: [{ containerPort: 80 }] },
      { ports: [{ containerPort: 80, protocol: "TCP" }] },
    ],
    [
      "mounts of one volume go by their path",
      { volumeMounts: [{ name: "data", mountPath: "/b" }] },
      {
        volumeMounts: [
          { name: "data", mountPath: "/a" },
          { name: "data", mountPath: "/b", readOnly: true },
        ],
      },
    ],
    [
      "quantities are written otherwise",
      { resources: { limits: { cpu: "1000m", memory: "1024Mi" }, requests: { cpu: 1 } } },
      { resources: { limits: { cpu: "1", memory: "1Gi" }, requests: { cpu: "1" } } },
    ],
    ["a selector is the same", { selector: { app: "a" } }, { selector: { app: "a" } }],
    ["a size limit is written otherwise", { sizeLimit: "1024Ki" }, { sizeLimit: "1Mi" }],
    [
      "the items of a template are quantified",
      { volumeClaimTemplates: [{ spec: { resources: { requests: { storage: "1024Mi" } } } }] },
      { volumeClaimTemplates: [{ spec: { resources: { requests: { storage: "1Gi" } } } }] },
    ],
  ])("when %s", (_when, desired, live) => {
    expect(sameAsApplied(desired, live)).toBe(true);
  });
});

describe("an object is not as applied", () => {
  it.each<[string, unknown, unknown]>([
    ["a value was changed", { a: 1 }, { a: 2 }],
    ["a field was taken away", { a: { b: 1 } }, { a: {} }],
    ["a whole part was taken away", { a: { b: 1 } }, {}],
    ["the type was changed", { a: 1 }, { a: "1" }],
    ["false became absent", { automountServiceAccountToken: false }, {}],
    ["zero became absent", { replicas: 0 }, {}],
    ["false became true", { paused: false }, { paused: true }],
    ["a label of no value is gone", { labels: { a: "", b: "c" } }, { labels: { b: "c" } }],
    ["all labels are gone, which had no value", { metadata: { labels: { a: "" } } }, { metadata: {} }],
    ["an annotation of no value is gone", { annotations: { a: "" } }, {}],
    ["a node label of no value is not asked for", { nodeSelector: { a: "" } }, {}],
    [
      "a node label of no value is asked for too",
      { nodeSelector: { a: "b" } },
      { nodeSelector: { a: "b", c: "" } },
    ],
    ["an empty file is gone", { data: { "a.conf": "" } }, { data: {} }],
    ["a named item is gone", { containers: [container] }, { containers: [sidecar] }],
    [
      "a named item was changed",
      { containers: [container] },
      { containers: [{ ...container, image: "web:2" }] },
    ],
    ["an unnamed item was added", { args: ["a"] }, { args: ["a", "b"] }],
    ["unnamed items were moved", { args: ["a", "b"] }, { args: ["b", "a"] }],
    ["a list is wanted empty and is not", { args: [] }, { args: ["a"] }],
    ["a list became a map", { args: ["a"] }, { args: { 0: "a" } }],
    ["a quantity is worth more", { limits: { cpu: "1" } }, { limits: { cpu: "1001m" } }],
    [
      "a selector selects less by a usual word",
      { selector: { a: "b" } },
      { selector: { a: "b", protocol: "TCP" } },
    ],
    ["a selector selects less", { selector: { app: "a" } }, { selector: { app: "a", tier: "b" } }],
    [
      "a selector of all became one of some",
      { spec: { podSelector: {} } },
      { spec: { podSelector: { matchLabels: { app: "a" } } } },
    ],
    ["labels only look like quantities", { labels: { tier: "1000m" } }, { labels: { tier: "1" } }],
  ])("when %s", (_when, desired, live) => {
    expect(sameAsApplied(desired, live)).toBe(false);
  });
});

describe("a difference", () => {
  it.each<[path: string, desired: unknown, live: unknown, wanted: unknown, there: unknown]>([
    ["spec.of[web].image", { spec: { of: [container] } }, { spec: { of: [changed] } }, "web:1", "web:2"],
    ["spec.of[web]", { spec: { of: [container] } }, { spec: { of: [sidecar] } }, container, undefined],
    ["labels[a.dev/b]", { labels: { "a.dev/b": "c" } }, { labels: {} }, "c", undefined],
    ["selector.tier", { selector: { app: "a" } }, { selector: { app: "a", tier: "b" } }, undefined, "b"],
    [
      "of[/b].name",
      { of: [{ name: "x", mountPath: "/b" }] },
      { of: [{ name: "y", mountPath: "/b" }] },
      "x",
      "y",
    ],
    ["args[1]", { args: ["a", "b"] }, { args: ["a", "c"] }, "b", "c"],
    ["args", { args: ["a"] }, { args: ["a", "c"] }, ["a"], ["a", "c"]],
    ["spec", { spec: { a: 1, b: 2 } }, {}, { a: 1, b: 2 }, undefined],
  ])("at %s is told, and from what to what", (path, desired, live, wanted, there) => {
    expect(differences(desired, live)).toEqual([{ path, desired: wanted, live: there }]);
  });

  it("is told beside others", () => {
    const live = { labels: { b: "y" }, of: [changed], more: true };
    const found = differences({ labels: { a: "x", b: "x" }, of: [container] }, live);
    expect(found.map(({ path }) => path)).toEqual(["labels.a", "labels.b", "of[web].image"]);
  });

  it("has a path whose steps can be told apart", () => {
    expect(stepsOf("metadata.labels[a.dev/b].c[0][/d e]")).toEqual([
      "metadata",
      "labels",
      "a.dev/b",
      "c",
      "0",
      "/d e",
    ]);
  });
});

describe("a field that is owned as a whole", () => {
  const whole = new Set([
    "ports",
    "readinessProbe",
    "lifecycle",
    "strategy",
    "updateStrategy",
    "readinessGates",
  ]);
  const httpGet = { path: "/ready", port: "http" };
  const pod = (fields: object, podFields: object = {}) => ({
    spec: { containers: [{ ...container, ...fields }], ...podFields },
  });
  const filled = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };

  it.each<[string, unknown, unknown]>([
    [
      "a probe was filled in",
      pod({ readinessProbe: { httpGet } }),
      pod({ readinessProbe: { httpGet: { ...httpGet, scheme: "HTTP" }, ...filled } }),
    ],
    [
      "a port was given a node port",
      { ports: [{ name: "http", port: 80 }] },
      { ports: [{ name: "http", port: 80, targetPort: 80, protocol: "TCP", nodePort: 30_080 }] },
    ],
    [
      "a probe wants no delay",
      pod({ readinessProbe: { httpGet, initialDelaySeconds: 0 } }),
      pod({ readinessProbe: { httpGet } }),
    ],
    [
      "the API server chose a strategy",
      { spec: { a: 1 } },
      {
        spec: {
          a: 1,
          strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } },
          updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
        },
      },
    ],
    [
      "Kubernetes 1.37 fills in the strategy of a StatefulSet",
      { updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } } },
      { updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0, maxUnavailable: 1 } } },
    ],
    [
      "another container has it",
      pod({}),
      { spec: { containers: [container, { ...sidecar, ports: [{ port: 1 }] }] } },
    ],
    ["a label only has its name", { labels: {} }, { labels: { ports: "many" } }],
    ["others set what is no such field", pod({}), pod({ stdin: true }, { hostAliases: [{ ip: "::1" }] })],
  ])("is as applied when %s", (_when, desired, live) => {
    expect(differences(desired, live, whole)).toEqual([]);
    expect(sameAsApplied(desired, live, whole)).toBe(true);
  });

  it.each<[string, unknown, unknown, string]>([
    [
      "a port was added",
      { ports: [{ name: "http", port: 80 }] },
      {
        ports: [
          { name: "http", port: 80 },
          { name: "more", port: 81 },
        ],
      },
      "ports[more]",
    ],
    [
      "a nameless port was added",
      { ports: [{ port: 80 }] },
      { ports: [{ port: 80 }, { port: 81 }] },
      "ports",
    ],
    [
      "a port takes its node's",
      pod({ ports: [{ name: "http", containerPort: 80 }] }),
      pod({ ports: [{ name: "http", containerPort: 80, hostPort: 80 }] }),
      "spec.containers[web].ports[http].hostPort",
    ],
    [
      "a probe has a handler more",
      pod({ readinessProbe: { httpGet } }),
      pod({ readinessProbe: { httpGet, tcpSocket: { port: 1 } } }),
      "spec.containers[web].readinessProbe.tcpSocket",
    ],
    [
      "a probe asks another host",
      pod({ readinessProbe: { httpGet } }),
      pod({ readinessProbe: { httpGet: { ...httpGet, host: "203.0.113.1" } } }),
      "spec.containers[web].readinessProbe.httpGet.host",
    ],
    [
      "a probe is slower than the API server makes it",
      pod({ readinessProbe: { httpGet } }),
      pod({ readinessProbe: { httpGet, ...filled, periodSeconds: 3600 } }),
      "spec.containers[web].readinessProbe.periodSeconds",
    ],
    [
      "one was added that is not desired at all",
      pod({}),
      pod({ lifecycle: { postStart: { exec: { command: ["false"] } } } }),
      "spec.containers[web].lifecycle",
    ],
    [
      "a gate was added",
      pod({}),
      pod({}, { readinessGates: [{ conditionType: "never" }] }),
      "spec.readinessGates",
    ],
  ])("is not as applied when %s", (_when, desired, live, path) => {
    expect(differences(desired, live, whole).map((one) => one.path)).toEqual([path]);
    expect(sameAsApplied(desired, live, whole)).toBe(false);
  });
});
