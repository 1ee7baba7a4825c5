import { describe, expect, it } from "@jest/globals";
import type { V1CustomResourceDefinition } from "@kubernetes/client-node";
import { hitCounterCrd } from "../api/crd.ts";
import { ApiError, type KubeClient } from "../runtime/index.ts";
import { applyCrd } from "./applyCrd.ts";
import { hasty } from "./testing/surroundings.ts";

type Crd = V1CustomResourceDefinition;

const withStatus = (resourceVersion: string, established: "True" | "False") =>
  ({
    ...hitCounterCrd(),
    metadata: { name: "hitcounters.hitcounter.dev", resourceVersion },
    status: { conditions: [{ type: "Established", status: established, message: "not all names accepted" }] },
  }) as unknown as Crd;

/** An API server that has this, and answers so to each apply in turn. */
function having(live: Crd | undefined, ...answers: (Crd | Error)[]) {
  const applied: object[] = [];
  const client = {
    get: () => Promise.resolve(live),
    apply: (_kind: unknown, object: object, options: object) => {
      applied.push({ object, options });
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  } as unknown as KubeClient;
  return { ...hasty(client), applied };
}

describe("bringing the CustomResourceDefinition up to date", () => {
  it("applies the one of this version until it is established", async () => {
    const { surroundings, applied, waitedFor } = having(
      withStatus("1", "True"),
      withStatus("2", "False"),
      withStatus("2", "True"),
    );
    expect(await applyCrd.run({ timeout: 60 }, surroundings)).toBe(
      "The CustomResourceDefinition hitcounters.hitcounter.dev is the one of this version now",
    );
    expect(waitedFor()).toEqual(["not all names accepted"]);
    expect(applied[0]).toEqual({ object: hitCounterCrd(), options: { fieldManager: "hitcounter-operator" } });
  });

  it("applies it in the name of whoever applied it last, so that they find no conflict", async () => {
    const live = withStatus("1", "True");
    const entry = { operation: "Apply", fieldsV1: { "f:spec": { "f:versions": {} } } };
    Object.assign(live.metadata ?? {}, {
      managedFields: [
        { ...entry, manager: "kubectl", time: "2026-01-02T00:00:00Z" },
        { ...entry, manager: "helm", time: "2026-01-03T00:00:00Z" },
        { ...entry, manager: "kube-apiserver", time: "2026-01-04T00:00:00Z", fieldsV1: { "f:status": {} } },
      ],
    });
    const { surroundings, applied } = having(live, withStatus("2", "True"));
    await applyCrd.run({ timeout: 60 }, surroundings);
    expect(applied).toMatchObject([{ options: { fieldManager: "helm" } }]);
  });

  it("says so where there was nothing to do", async () => {
    const { surroundings } = having(withStatus("1", "True"), withStatus("1", "True"));
    expect(await applyCrd.run({ timeout: 60 }, surroundings)).toContain("already was the one");
  });

  it("makes none where there is none, and says how to", async () => {
    const { surroundings, applied } = having(undefined);
    await expect(applyCrd.run({ timeout: 60 }, surroundings)).rejects.toThrow("helm show crds CHART");
    expect(applied).toEqual([]);
  });

  it("waits out a conflict or an absence of the API server, and no refusal", async () => {
    const conflict = new ApiError(409, { message: "the object has been modified" });
    const { surroundings } = having(withStatus("1", "True"), conflict, withStatus("2", "True"));
    await applyCrd.run({ timeout: 60 }, surroundings);
    const refusal = new ApiError(422, { message: "spec.versions: Invalid value" });
    const refused = having(withStatus("1", "True"), refusal);
    await expect(applyCrd.run({ timeout: 60 }, refused.surroundings)).rejects.toThrow("spec.versions");
    expect(refused.applied).toHaveLength(1);
  });
});
