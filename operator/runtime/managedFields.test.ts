import { describe, expect, it } from "@jest/globals";
import { ownerOfField, takenOver } from "./managedFields.ts";

const entry = (manager: string, fieldsV1: object, more: object = {}) => ({
  manager,
  operation: "Update",
  apiVersion: "v1",
  time: "2026-01-01T00:00:00Z",
  fieldsType: "FieldsV1",
  fieldsV1,
  ...more,
});
const applied = { operation: "Apply" };
const port = (number: number, fields: object) => ({
  "f:ports": { [`k:{"port":${number},"protocol":"TCP"}`]: fields },
});
const container = (name: string, fields: object) => ({
  "f:containers": { [`k:{"name":"${name}"}`]: { ".": {}, ...fields } },
});
const service = (...managedFields: object[]) => ({
  apiVersion: "v1",
  metadata: { name: "a", labels: { "a.dev/b": "c" }, managedFields },
  spec: {
    selector: { app: "a" },
    ports: [
      { name: "http", port: 8000, protocol: "TCP", nodePort: 30_080 },
      { name: "more", port: 81, protocol: "TCP" },
    ],
    containers: [{ name: "web", volumeMounts: [{ name: "data", mountPath: "/data" }] }],
  },
});

describe("the owner of a field", () => {
  it.each<[string, object, string | undefined]>([
    ["spec.ports[http].port", { "f:spec": port(8000, { ".": {}, "f:port": {} }) }, "kubectl"],
    ["spec.ports[http]", { "f:spec": port(8000, { ".": {} }) }, "kubectl"],
    ["spec.ports[0].port", { "f:spec": port(8000, { "f:port": {} }) }, "kubectl"],
    ["spec.ports[http].port", { "f:spec": port(81, { "f:port": {} }) }, undefined],
    ["spec.ports[http].port", { "f:spec": port(8000, { "f:nodePort": {} }) }, undefined],
    ["metadata.labels[a.dev/b]", { "f:metadata": { "f:labels": { "f:a.dev/b": {} } } }, "kubectl"],
    ["metadata.labels", { "f:metadata": { "f:labels": { "f:a.dev/b": {} } } }, "kubectl"],
    ["spec.selector.app", { "f:spec": { "f:selector": {} } }, "kubectl"],
    ["spec.selector.app", { "f:metadata": {} }, undefined],
    [
      "spec.containers[web].volumeMounts[/data].name",
      {
        "f:spec": container("web", {
          "f:volumeMounts": { 'k:{"mountPath":"/data"}': { ".": {}, "f:name": {} } },
        }),
      },
      "kubectl",
    ],
    ["spec.containers[gone].image", { "f:spec": container("web", { "f:image": {} }) }, undefined],
  ])("%s is who has it among theirs", (path, fields, owner) => {
    expect(ownerOfField(service(entry("kubectl", fields)), path, "me")).toBe(owner);
  });

  it("is the latest, and never the one that asks", () => {
    const fields = { "f:spec": { "f:selector": {} } };
    const object = service(
      entry("me", fields, { ...applied, time: "2026-01-04T00:00:00Z" }),
      entry("early", fields),
      entry("late", fields, { time: "2026-01-03T00:00:00Z" }),
      entry("between", fields, { time: "2026-01-02T00:00:00Z" }),
    );
    expect(ownerOfField(object, "spec.selector", "me")).toBe("late");
    expect(ownerOfField(service(), "spec.selector", "me")).toBeUndefined();
  });
});

describe("taking whole fields over", () => {
  const desired = {
    apiVersion: "v1",
    metadata: { labels: { "a.dev/b": "c" } },
    spec: { ports: [{ name: "http", port: 80 }], containers: [{ name: "web", image: "web:1" }] },
  };
  const whole = new Set(["ports", "lifecycle"]);
  const take = (...entries: object[]) => takenOver(service(...entries), desired, "me", whole);
  const ours = { "f:spec": { "f:selector": {}, ...port(80, { "f:port": {} }) } };
  const mine = entry("me", ours, applied);

  it("adds them to what the manager has applied, and leaves others the rest", () => {
    const theirs = {
      "f:metadata": { "f:labels": { "f:x": {} } },
      "f:spec": port(8000, { ".": {}, "f:port": {} }),
    };
    expect(take(mine, entry("kubectl", theirs))).toEqual([
      {
        ...mine,
        fieldsV1: {
          "f:spec": {
            "f:selector": {},
            "f:ports": {
              'k:{"port":80,"protocol":"TCP"}': { "f:port": {} },
              'k:{"port":8000,"protocol":"TCP"}': { ".": {}, "f:port": {} },
            },
          },
        },
      },
      entry("kubectl", { "f:metadata": { "f:labels": { "f:x": {} } } }),
    ]);
  });

  it("leaves no entry behind for one that had nothing else", () => {
    const taken = take(mine, entry("kubectl", { "f:spec": port(8000, { ".": {} }) }));
    expect(taken).toHaveLength(1);
  });

  it("takes what is not desired at all, where what it is in is desired", () => {
    const theirs = { "f:spec": container("web", { "f:image": {}, "f:lifecycle": { "f:postStart": {} } }) };
    expect(take(mine, entry("kubectl", theirs))).toEqual([
      {
        ...mine,
        fieldsV1: {
          "f:spec": {
            ...ours["f:spec"],
            "f:containers": { 'k:{"name":"web"}': { "f:lifecycle": { "f:postStart": {} } } },
          },
        },
      },
      entry("kubectl", { "f:spec": container("web", { "f:image": {} }) }),
    ]);
  });

  it("starts an entry for a manager that has none", () => {
    const fields = { "f:spec": port(8000, { ".": {} }) };
    const started = { manager: "me", operation: "Apply", apiVersion: "v1", fieldsType: "FieldsV1" };
    expect(take(entry("me", fields))).toEqual([{ ...started, fieldsV1: fields }]);
  });

  it.each<[string, object[]]>([
    ["nobody is known to own anything", []],
    ["nobody else owns any of them", [mine, entry("kubectl", { "f:spec": { "f:type": {} } })]],
    [
      "they are in a container of others",
      [mine, entry("mesh", { "f:spec": container("mesh", { "f:ports": {} }) })],
    ],
    [
      "only a label has the name",
      [mine, entry("kubectl", { "f:metadata": { "f:labels": { "f:ports": {} } } })],
    ],
    ["they are in a part that is not desired", [mine, entry("lb", { "f:status": { "f:ports": {} } })]],
    [
      "they are of a subresource",
      [mine, entry("lb", { "f:spec": { "f:ports": {} } }, { subresource: "status" })],
    ],
    [
      "they are of another version",
      [mine, entry("old", { "f:spec": { "f:ports": {} } }, { apiVersion: "v0" })],
    ],
  ])("is nothing where %s", (_where, entries) => {
    expect(take(...entries)).toBeUndefined();
  });
});
