import { describe, expect, it } from "@jest/globals";
import { ownerOfField } from "./managedFields.ts";

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
