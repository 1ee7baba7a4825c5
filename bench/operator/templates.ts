import { hitCounterSpec } from "../../operator/api/spec.ts";
import { counterSettingsOf } from "../../operator/desired/counterSettings.ts";
import { desiredObjects, type ManagedObject } from "../../operator/desired/index.ts";
import { MANAGED_BY_SELECTOR } from "../../operator/desired/names.ts";
import { firstPasswords } from "../../operator/desired/passwords.ts";
import { childKinds } from "../../operator/kinds.ts";
import { APPLIED_HASH } from "../../operator/reconcile/apply/managed.ts";
import { manifest } from "../../test/support/hitCounters.ts";

/** What peers apply: the objects that the operator makes of a HitCounter, with placeholders for which one it is. */
export interface Templates {
  /** Selects the children by label. */
  readonly selector: string;
  readonly objects: readonly ManagedObject[];
  /** An object with a status such as the operator writes first. */
  readonly status: object;
}

/** Which HitCounter it is. */
export interface Which {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
}

/** `controllerRuntime/main.go` knows them too. */
const placeholders: Which = { name: "__NAME__", namespace: "__NAMESPACE__", uid: "__UID__" };

/** The HitCounter that every contender is given, under one name or another. */
export const hitCounterNamed = manifest;

/** The templates of the children of such a HitCounter, annotated as the operator does it. */
export function makeTemplates(): Templates {
  const { apiVersion, kind, spec } = hitCounterNamed("");
  const hitCounter = {
    apiVersion: "hitcounter.dev/v1alpha1",
    kind: "HitCounter",
    metadata: { ...placeholders, generation: 1 },
    spec: hitCounterSpec.parse(spec),
  } as const;
  const objects = desiredObjects({
    hitCounter,
    defaultImages: {
      counter: "example.com/counter",
      redis: "example.com/redis:8",
      proxy: "example.com/nginx:1",
      exporter: "example.com/redis-exporter:1",
      "exporter-nginx": "example.com/nginx-exporter:1",
    },
    settings: counterSettingsOf(hitCounter.spec),
    healthySettings: undefined,
    passwords: firstPasswords(() => "correct-horse-battery-staple-correct-horse", new Date(0)),
    salts: undefined,
    counterReplicas: undefined,
    counterAddress: "10.96.100.100",
    ipFamilies: ["IPv4"],
    proxyAddresses: [],
    operatorNamespace: "hitcounter-system",
    tls: undefined,
    replication: { countersKnow: false, isComplete: false },
    knowsServiceMonitors: false,
  });
  const { name, namespace } = placeholders;
  return {
    selector: MANAGED_BY_SELECTOR,
    objects: objects.map((object) => ({
      ...object,
      metadata: {
        ...object.metadata,
        annotations: { ...object.metadata?.annotations, [APPLIED_HASH]: "0123456789abcdef" },
      },
    })),
    status: { apiVersion, kind, metadata: { name, namespace }, status: firstStatus() },
  };
}

/** An object of the templates for one HitCounter. */
export function filled<T extends object>(template: T, { name, namespace, uid }: Which): T {
  const text = JSON.stringify(template)
    .replaceAll(placeholders.name, name)
    .replaceAll(placeholders.namespace, namespace)
    .replaceAll(placeholders.uid, uid);
  return JSON.parse(text) as T;
}

/** The resources of the children, as the API server's audit log names them. */
export const childResources: ReadonlySet<string> = new Set(
  Object.values(childKinds).map(({ plural }) => plural),
);

function firstStatus() {
  const condition = (type: string, status: string, reason: string, message: string) => ({
    type,
    status,
    observedGeneration: 1,
    lastTransitionTime: "2026-01-01T00:00:00Z",
    reason,
    message,
  });
  return {
    observedGeneration: 1,
    replicas: 0,
    readyReplicas: 0,
    ready: "0/2",
    selector: `app.kubernetes.io/name=hitcounter,app.kubernetes.io/instance=${placeholders.name}`,
    conditions: [
      condition("Ready", "False", "RedisNotReady", "Redis is not ready."),
      condition("Progressing", "True", "RollingOut", "Counter: 0 of 2 pods are up to date, 0 available."),
      condition("Degraded", "False", "AsExpected", "Nothing is wrong."),
      condition("Reconciling", "True", "RollingOut", "Counter: 0 of 2 pods are up to date, 0 available."),
    ],
  };
}
