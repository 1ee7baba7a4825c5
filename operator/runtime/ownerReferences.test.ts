import { describe, expect, it } from "@jest/globals";
import { controllerOf, controllerReference } from "./ownerReferences.ts";
import { thing } from "./testing/things.ts";

const parent = {
  apiVersion: "example.dev/v1",
  kind: "Thing",
  metadata: { name: "parent", uid: "uid-1", namespace: "demo" },
};

describe("a controller's reference", () => {
  it("names the owner, and nothing else of it", () => {
    expect(controllerReference(parent)).toEqual({
      apiVersion: "example.dev/v1",
      kind: "Thing",
      name: "parent",
      uid: "uid-1",
      controller: true,
      blockOwnerDeletion: true,
    });
  });

  it("is found among those of other owners", () => {
    const other = { ...controllerReference(parent), uid: "uid-2", controller: false };
    const child = thing("child", 1, { ownerReferences: [other, controllerReference(parent)] });
    expect(controllerOf(child)?.uid).toBe("uid-1");
    expect(controllerOf(thing("child", 1, { ownerReferences: [other] }))).toBeUndefined();
    expect(controllerOf(undefined)).toBeUndefined();
  });
});
