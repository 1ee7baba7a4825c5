import { describe, expect, it } from "@jest/globals";
import type { V1Deployment, V1PodTemplateSpec } from "@kubernetes/client-node";
import { hitCounterWith, inputsFor, podSettings } from "../testing/fixtures.ts";
import { desiredObjects } from "./index.ts";

/** Pod templates of Redis, counter and proxy. */
const templates = (spec: Parameters<typeof hitCounterWith>[0] = {}) =>
  desiredObjects(inputsFor(hitCounterWith(spec))).flatMap((object): V1PodTemplateSpec[] => {
    const template = (object as V1Deployment).spec?.template;
    return template ? [template] : [];
  });
const { topologySpreadConstraints: spreads, ...alike } = podSettings;

describe("pods", () => {
  it("are spread over nodes and zones as a wish, where there can be several", () => {
    const [redis, ...others] = templates();
    expect(redis?.spec?.topologySpreadConstraints).toBeUndefined();
    for (const { spec, metadata } of others) {
      expect(spec?.topologySpreadConstraints?.map(({ topologyKey }) => topologyKey)).toEqual([
        "kubernetes.io/hostname",
        "topology.kubernetes.io/zone",
      ]);
      for (const spread of spec?.topologySpreadConstraints ?? []) {
        expect(spread).toMatchObject({
          whenUnsatisfiable: "ScheduleAnyway",
          matchLabelKeys: ["pod-template-hash"],
        });
        expect(metadata?.labels).toMatchObject(spread.labelSelector?.matchLabels ?? {});
      }
    }
  });

  it("are spread as the user says, or not at all", () => {
    const spreadsOf = (topologySpreadConstraints: typeof spreads) =>
      templates({ counter: { pod: { topologySpreadConstraints } } })[1]?.spec?.topologySpreadConstraints;
    expect(spreadsOf(spreads)).toEqual([expect.objectContaining({ ...spreads?.[0] })]);
    expect(spreadsOf([])).toBeUndefined();
  });

  it("run where the user says, and are labelled as the user and the operator say", () => {
    const [counter, redis, proxy] = [podSettings, alike, podSettings].map((pod) => ({ pod }));
    const plain = templates();
    const { labels, annotations, ...where } = alike;
    for (const [index, { spec, metadata }] of templates({ counter, redis, proxy }).entries()) {
      expect(spec).toMatchObject(where);
      expect(metadata?.labels).toEqual({ ...plain[index]?.metadata?.labels, ...labels });
      expect(metadata?.annotations).toEqual({ ...plain[index]?.metadata?.annotations, ...annotations });
    }
  });

  it("leave a node that is lost after 30 s, unless the user says otherwise; Redis as Kubernetes has it", () => {
    const [notReady, unreachable] = ["not-ready", "unreachable"].map((what) => ({
      key: `node.kubernetes.io/${what}`,
      operator: "Exists" as const,
      effect: "NoExecute" as const,
      tolerationSeconds: 30,
    }));
    expect(templates().map(({ spec }) => spec?.tolerations)).toEqual([
      undefined,
      [notReady, unreachable],
      [notReady, unreachable],
    ]);
    type Tolerations = NonNullable<typeof podSettings.tolerations>;
    const tolerationsOf = (tolerations: Tolerations) =>
      templates({ counter: { pod: { tolerations } } })[1]?.spec?.tolerations;
    const dedicated = { key: "dedicated", operator: "Exists" as const };
    expect(tolerationsOf([dedicated])).toEqual([dedicated, notReady, unreachable]);
    const longer = { ...dedicated, key: "node.kubernetes.io/unreachable", tolerationSeconds: 600 };
    expect(tolerationsOf([longer])).toEqual([longer, notReady]);
    const everything = { operator: "Exists" as const };
    expect(tolerationsOf([everything])).toEqual([everything]);
    const otherEffect = { ...everything, effect: "NoSchedule" as const };
    expect(tolerationsOf([otherEffect])).toEqual([otherEffect, notReady, unreachable]);
  });

  it("keep the operator's labels, whatever the user's are", () => {
    const pod = { labels: { "app.kubernetes.io/component": "mine" } };
    expect(templates({ proxy: { pod } })).toEqual(templates());
  });
});
