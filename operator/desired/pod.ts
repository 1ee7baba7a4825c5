import type {
  V1Container,
  V1PodTemplateSpec,
  V1ResourceRequirements,
  V1Volume,
} from "@kubernetes/client-node";
import type { HitCounter } from "../api/hitCounter.ts";
import { type Component, childName, labels, partOf } from "./names.ts";
import { placement } from "./placement.ts";

/** What a component's pods have of their own. */
export interface OwnPod {
  readonly user: number;
  readonly labels?: Record<string, string>;
  readonly annotations: Record<string, string>;
  readonly terminationGracePeriodSeconds: number;
  readonly container: V1Container;
  readonly volumes: V1Volume[];
  /** Default: what spec says of the part. */
  readonly resources?: V1ResourceRequirements;
}

/**
 * The template of a component's pods: the user's labels and annotations and, where they could meet, the operator's own;
 * all that Pod Security `restricted` asks for, a root file system nobody writes to, and no access to the API server.
 */
export function podTemplate(hitCounter: HitCounter, component: Component, own: OwnPod): V1PodTemplateSpec {
  const { imagePullSecrets, [partOf(component)]: part } = hitCounter.spec;
  const { user, container, terminationGracePeriodSeconds, volumes } = own;
  const { requests, limits } = own.resources ?? part.resources;
  return {
    metadata: {
      labels: { ...part.pod?.labels, ...labels(hitCounter, component), ...own.labels },
      annotations: { ...part.pod?.annotations, ...own.annotations },
    },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: user,
        runAsGroup: user,
        fsGroup: user,
        seccompProfile: { type: "RuntimeDefault" },
      },
      ...(imagePullSecrets && { imagePullSecrets }),
      ...placement(hitCounter, component),
      terminationGracePeriodSeconds,
      containers: [
        {
          ...container,
          imagePullPolicy: "IfNotPresent",
          // Its last words are what the HitCounter's status tells of a version that does not start.
          terminationMessagePolicy: "FallbackToLogsOnError",
          resources: {
            ...(requests && { requests: strings(requests) }),
            ...(limits && { limits: strings(limits) }),
          },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
        },
      ],
      volumes,
    },
  };
}

/** Quantities as the API server keeps them. */
const strings = (quantities: Record<string, string | number>) =>
  Object.fromEntries(Object.entries(quantities).map(([name, quantity]) => [name, String(quantity)]));

/** Keys of the Secret of Redis, as files in a volume that the pod's user may read. */
export const secretFile = (hitCounter: HitCounter, ...keys: readonly string[]) => ({
  secretName: childName(hitCounter, "redis"),
  items: keys.map((key) => ({ key, path: key })),
  defaultMode: 0o440,
});

/** A text as an environment variable's value: the kubelet takes `$(NAME)` for a variable, and `$$` for a `$`. */
export const literal = (text: string) => text.replaceAll("$", "$$$$");
