import { describe, expect, it } from "@jest/globals";
import { hitCounterWith } from "../testing/fixtures.ts";
import { counterDisruptionBudget, proxyDisruptionBudget } from "./disruptionBudget.ts";

const budgets = (spec: Parameters<typeof hitCounterWith>[0]) => {
  const hitCounter = hitCounterWith(spec);
  const built = [counterDisruptionBudget(hitCounter), proxyDisruptionBudget(hitCounter)];
  return built.flatMap((budget) => budget?.metadata?.name ?? []);
};

describe("a budget of disruptions", () => {
  it.each<[string, Parameters<typeof hitCounterWith>[0], string[]]>([
    ["by default", {}, ["web-counter", "web-proxy"]],
    ["with one counter", { counter: { replicas: 1 } }, ["web-proxy"]],
    ["with one proxy", { proxy: { replicas: 1 } }, ["web-counter"]],
    ["with none of either", { counter: { replicas: 0 }, proxy: { replicas: 0 } }, []],
    [
      "with an autoscaler that may go down to one",
      { counter: { replicas: 3, autoscaling: { minReplicas: 1, maxReplicas: 5 } } },
      ["web-proxy"],
    ],
    [
      "with an autoscaler that keeps two",
      { counter: { replicas: 1, autoscaling: { minReplicas: 2, maxReplicas: 5 } } },
      ["web-counter", "web-proxy"],
    ],
  ])("%s is there for those of which one may go", (_title, spec, names) => {
    expect(budgets(spec)).toEqual(names);
  });

  it("always lets one pod go, and any that is not ready", () => {
    expect(counterDisruptionBudget(hitCounterWith())?.spec).toMatchObject({
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: "AlwaysAllow",
      selector: { matchLabels: { "app.kubernetes.io/component": "counter" } },
    });
  });
});
