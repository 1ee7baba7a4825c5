import { describe, expect, it } from "@jest/globals";
import { sameAsApplied } from "./subset.ts";

const container = { name: "web", image: "web:1" };
const sidecar = { name: "mesh", image: "mesh:7" };

describe("an object is as applied", () => {
  it.each<[string, unknown, unknown]>([
    ["others set further fields", { a: 1 }, { a: 1, b: 2 }],
    ["deep down too", { spec: { a: { b: 1 } } }, { spec: { a: { b: 1, c: 2 } }, status: {} }],
    ["a field is not wanted", { a: 1, b: undefined, c: null }, { a: 1, b: 2, c: 3 }],
    ["empty fields were dropped", { a: {}, b: [], c: "", d: { e: {} } }, {}],
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
    ["false became absent", { a: false }, {}],
    ["zero became absent", { replicas: 0 }, {}],
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
