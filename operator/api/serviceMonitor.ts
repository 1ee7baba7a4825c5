import type { V1ObjectMeta } from "@kubernetes/client-node";

/** As much of a ServiceMonitor of prometheus-operator as is made here. */
export interface ServiceMonitor {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: V1ObjectMeta;
  readonly spec: {
    readonly jobLabel: string;
    readonly targetLabels: readonly string[];
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly endpoints: readonly { readonly port: string; readonly path: string }[];
  };
}
