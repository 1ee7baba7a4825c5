import { describe, expect, it } from "@jest/globals";
import type { V1Deployment, V1PodTemplateSpec } from "@kubernetes/client-node";
import { exampleSpecs } from "../api/exampleSpecs.ts";
import type { HitCounterSpec } from "../api/hitCounter.ts";
import { hitCounterWith, inputsFor } from "../testing/fixtures.ts";
import { REVISION_LABEL } from "./counterDeployment.ts";
import { desiredObjects } from "./index.ts";

/** Pod templates of Redis, counter and proxy. */
const templates = (spec: Parameters<typeof hitCounterWith>[0] = {}) =>
  desiredObjects(inputsFor(hitCounterWith(spec))).flatMap((object): V1PodTemplateSpec[] => {
    const template = (object as V1Deployment).spec?.template;
    return template ? [template] : [];
  });
const { pod } = exampleSpecs["as much as can be"].counter;
const { topologySpreadConstraints: spreads, ...alike } = pod;
type Pod = NonNullable<HitCounterSpec["counter"]["pod"]>;

describe("pods", () => {
  it("are spread over nodes and zones as a wish, where there can be several", () => {
    const [redis, ...others] = templates();
    expect(redis?.spec).not.toHaveProperty("topologySpreadConstraints");
    expect(redis?.spec).not.toHaveProperty("affinity");
    for (const { spec, metadata } of others) {
      // More than one, and the scheduler heeds none of them on nodes that lack the label of one.
      expect(spec?.topologySpreadConstraints).toEqual([
        {
          topologyKey: "kubernetes.io/hostname",
          maxSkew: 1,
          whenUnsatisfiable: "ScheduleAnyway",
          matchLabelKeys: ["pod-template-hash"],
          labelSelector: { matchLabels: expect.anything() },
        },
      ]);
      const [apart, ...more] =
        spec?.affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
      expect(more).toEqual([]);
      expect(apart?.podAffinityTerm.topologyKey).toBe("topology.kubernetes.io/zone");
      for (const own of [...(spec?.topologySpreadConstraints ?? []), apart?.podAffinityTerm]) {
        expect(metadata?.labels).toMatchObject(own?.labelSelector?.matchLabels ?? {});
      }
    }
  });

  it("are spread as the user says, or not at all", () => {
    const specOf = (pod: Pod) => templates({ counter: { pod } })[1]?.spec;
    const said = specOf({ topologySpreadConstraints: spreads });
    expect(said?.topologySpreadConstraints).toEqual(spreads.map((spread) => expect.objectContaining(spread)));
    expect(said).not.toHaveProperty("affinity");
    const none = specOf({ topologySpreadConstraints: [] });
    expect(none).not.toHaveProperty("topologySpreadConstraints");
    expect(none).not.toHaveProperty("affinity");
  });

  it("keep to the user's affinity, and to the operator's where it says nothing", () => {
    const affinityOf = (affinity: Pod["affinity"]) =>
      templates({ counter: { pod: { affinity } } })[1]?.spec?.affinity;
    const ours = affinityOf({})?.podAntiAffinity;
    expect(ours).toBeDefined();
    const { nodeAffinity, podAntiAffinity } = alike.affinity;
    expect(affinityOf({ nodeAffinity })).toEqual({ nodeAffinity, podAntiAffinity: ours });
    expect(affinityOf({ podAntiAffinity })).toEqual({ podAntiAffinity });
  });

  it("run where the user says, and are labelled as the user and the operator say", () => {
    const [counter, redis, proxy] = [pod, alike, pod].map((pod) => ({ pod }));
    const plain = templates();
    const { labels, annotations, ...where } = alike;
    for (const [index, { spec, metadata }] of templates({ counter, redis, proxy }).entries()) {
      expect(spec).toMatchObject(where);
      const { [REVISION_LABEL]: _, ...own } = plain[index]?.metadata?.labels ?? {};
      expect(metadata?.labels).toMatchObject({ ...own, ...labels });
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
    const tolerationsOf = (tolerations: NonNullable<Pod["tolerations"]>) =>
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
