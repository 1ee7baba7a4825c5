import { describe, expect, it } from "@jest/globals";
import { hitCounterWith, inputsFor } from "../testing/fixtures.ts";
import { counterDeployment } from "./counterDeployment.ts";
import { fewestCounters } from "./replicas.ts";

const autoscaling = { minReplicas: 3, maxReplicas: 7 };

describe("the counter Deployment", () => {
  it.each<[string, object, number | undefined, number | undefined]>([
    ["asks for what the spec says", { replicas: 5 }, 2, 5],
    ["leaves its replicas to an autoscaler", { autoscaling }, 5, undefined],
    ["begins with the fewest there may be", { autoscaling }, undefined, 3],
    ["begins with them again from none, where an autoscaler does nothing", { autoscaling }, 0, 3],
    ["asks for none if the spec does, autoscaling or not", { autoscaling, replicas: 0 }, 5, 0],
  ])("%s", (_title, counter, counterReplicas, replicas) => {
    const inputs = { ...inputsFor(hitCounterWith({ counter })), counterReplicas };
    expect(counterDeployment(inputs).spec?.replicas).toBe(replicas);
  });
});

describe("the fewest counters there may be", () => {
  it.each<[object, number]>([
    [{ replicas: 5 }, 5],
    [{ replicas: 5, autoscaling }, 3],
    [{ replicas: 0, autoscaling }, 0],
  ])("with %j are %i", (counter, fewest) => {
    expect(fewestCounters(hitCounterWith({ counter }))).toBe(fewest);
  });
});
