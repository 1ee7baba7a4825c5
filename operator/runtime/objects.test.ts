import { describe, expect, it } from "@jest/globals";
import type { V1Deployment } from "@kubernetes/client-node";
import { collectionPath, objectPath, type ResourceKind } from "./objects.ts";

const deployments: ResourceKind<V1Deployment> = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  plural: "deployments",
  namespaced: true,
};
const nodes: ResourceKind = { apiVersion: "v1", kind: "Node", plural: "nodes", namespaced: false };

describe("the path", () => {
  it("of a collection is that of a namespace or of all", () => {
    expect(collectionPath(deployments)).toBe("/apis/apps/v1/deployments");
    expect(collectionPath(deployments, "demo")).toBe("/apis/apps/v1/namespaces/demo/deployments");
  });

  it("of an object holds its namespace where the kind has them", () => {
    expect(objectPath(deployments, { namespace: "demo", name: "web" })).toBe(
      "/apis/apps/v1/namespaces/demo/deployments/web",
    );
    expect(objectPath(nodes, { namespace: "", name: "node-1" })).toBe("/api/v1/nodes/node-1");
  });

  it("lets no name reach beyond its place", () => {
    expect(objectPath(nodes, { namespace: "", name: "../secrets?x" })).toBe("/api/v1/nodes/..%2Fsecrets%3Fx");
  });
});
