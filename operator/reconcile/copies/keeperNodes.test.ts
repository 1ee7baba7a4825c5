import { describe, expect, it } from "@jest/globals";
import type { V1Pod } from "@kubernetes/client-node";
import { going } from "../../testing/copies.ts";
import { keeperNodesOf, onlyWhereItWorks } from "./keeperNodes.ts";

const podOn = (nodeName: string | undefined, ready = "True"): V1Pod => ({
  metadata: { name: "hitcounter-operator-1", namespace: "system", uid: "1", labels: { app: "x" } },
  spec: { ...(nodeName && { nodeName }), containers: [{ name: "operator" }] },
  status: {
    phase: "Running",
    conditions: [
      { type: "Ready", status: ready },
      { type: "Initialized", status: "True" },
    ],
  },
});

describe("the nodes of keepers", () => {
  it("are those where a pod of the operator works, each once", () => {
    const pods = [
      podOn("b"),
      podOn("a"),
      podOn("b"),
      podOn("c", "False"),
      going(podOn("d")),
      podOn(undefined),
    ];
    expect(keeperNodesOf(pods)).toEqual(["a", "b"]);
  });

  it("are told by what is kept of a pod", () => {
    const kept = onlyWhereItWorks(podOn("a"));
    expect(keeperNodesOf([kept])).toEqual(["a"]);
    expect(keeperNodesOf([onlyWhereItWorks(going(podOn("a")))])).toEqual([]);
    expect(JSON.stringify(kept)).not.toMatch(/labels|Initialized|operator"/);
  });
});
