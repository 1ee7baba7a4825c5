import type { V1PodSpec, V1ResourceRequirements } from "@kubernetes/client-node";
import type { HitCounter } from "../api/hitCounter.ts";

/** What every pod has in common: all that Pod Security `restricted` asks for, and no access to the API server. */
export function restrictedPod(hitCounter: HitCounter, user: number) {
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: user,
      fsGroup: user,
      seccompProfile: { type: "RuntimeDefault" },
    },
    ...(hitCounter.spec.imagePullSecrets && { imagePullSecrets: hitCounter.spec.imagePullSecrets }),
  } satisfies Partial<V1PodSpec>;
}

/** The container's part of Pod Security `restricted`, and a root file system nobody writes to. */
export const restrictedContainer = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

/** A text as an environment variable's value: the kubelet takes `$(NAME)` for a variable, and `$$` for a `$`. */
export const literal = (text: string) => text.replaceAll("$", "$$$$");

/** Resources as the API server keeps them: quantities are strings. */
export function containerResources(
  resources: HitCounter["spec"]["counter"]["resources"],
): V1ResourceRequirements {
  const strings = (list: Record<string, string | number>) =>
    Object.fromEntries(Object.entries(list).map(([name, quantity]) => [name, String(quantity)]));
  return {
    ...(resources.requests && { requests: strings(resources.requests) }),
    ...(resources.limits && { limits: strings(resources.limits) }),
  };
}
