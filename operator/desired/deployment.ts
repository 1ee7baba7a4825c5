import type { V1Deployment } from "@kubernetes/client-node";
import type { HitCounter } from "../api/hitCounter.ts";
import { child, selectorLabels } from "./names.ts";
import { type OwnPod, podTemplate } from "./pod.ts";

/** What the Deployment of a component has of its own, and its pods; no `replicas` leaves them to an autoscaler. */
interface OwnDeployment extends OwnPod {
  readonly replicas: number | undefined;
  readonly progressDeadlineSeconds?: number;
}

/** The Deployment of a component of several pods. */
export function deployment(
  hitCounter: HitCounter,
  component: "counter" | "proxy",
  own: OwnDeployment,
): V1Deployment {
  const { replicas, progressDeadlineSeconds, ...pod } = own;
  return {
    ...child("apps/v1", "Deployment", hitCounter, component),
    spec: {
      ...(replicas !== undefined && { replicas }),
      paused: false,
      revisionHistoryLimit: 3,
      // A pod that dies as soon as it is ready must not pass for one that works.
      minReadySeconds: 1,
      ...(progressDeadlineSeconds !== undefined && { progressDeadlineSeconds }),
      selector: { matchLabels: selectorLabels(hitCounter, component) },
      strategy: { type: "RollingUpdate", rollingUpdate: hitCounter.spec[component].strategy },
      template: podTemplate(hitCounter, component, pod),
    },
  };
}
