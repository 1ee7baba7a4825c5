import type { V1Pod } from "@kubernetes/client-node";
import { exampleSpecs } from "../api/exampleSpecs.ts";
import type { HitCounter, HitCounterSpecInput } from "../api/hitCounter.ts";
import { hitCounterSpec } from "../api/spec.ts";
import { counterSettingsOf } from "../desired/counterSettings.ts";
import type { Inputs } from "../desired/inputs.ts";
import { firstPasswords } from "../desired/passwords.ts";

/** A HitCounter `demo/web`, with defaults as the API server fills them in. */
export function hitCounterWith(spec: Partial<HitCounterSpecInput> = {}): HitCounter {
  return {
    apiVersion: "hitcounter.dev/v1alpha1",
    kind: "HitCounter",
    metadata: { name: "web", namespace: "demo", uid: "uid-of-web", generation: 1 },
    spec: hitCounterSpec.parse({ ...exampleSpecs["as little as can be"], ...spec }),
  };
}

const defaultImages = {
  counter: "example.com/counter",
  redis: "example.com/redis:8",
  proxy: "example.com/nginx:1",
  exporter: "example.com/redis-exporter:1",
  "exporter-nginx": "example.com/nginx-exporter:1",
};

const salts = Object.fromEntries(
  ["2026-01-02", "2026-01-03"].map((day, index) => [day, Buffer.alloc(32, index).toString("base64")]),
);

const pair = { certificate: "a certificate", key: "its key" };
const tlsFor = ({ spec: { proxy } }: HitCounter) =>
  proxy.tls && { ...proxy.tls, pairs: { served: "a", a: pair, b: pair } as const, wanted: true };
/** Makes passwords of which each tells which it is. */
export const numbered = (of = "made-by-chance-for-a-test") => {
  let count = 0;
  return () => `${of}-${++count}`;
};

/** What desired objects are made from, for a HitCounter made by hitCounterWith. */
export const inputsFor = (hitCounter: HitCounter): Inputs => ({
  hitCounter,
  defaultImages,
  settings: counterSettingsOf(hitCounter.spec),
  healthySettings: undefined,
  passwords: firstPasswords(numbered(), new Date("2026-01-02T03:04:05.678Z"), "correct-horse-battery-staple"),
  salts: hitCounter.spec.visitors.enabled ? salts : undefined,
  tls: tlsFor(hitCounter),
  counterReplicas: undefined,
  counterAddress: "10.96.0.7",
  ipFamilies: ["IPv4"],
  proxyAddresses: ["10.244.1.7", "10.244.2.7"],
  operatorNamespace: "hitcounter-system",
  replication: { countersKnow: true, isComplete: true },
  knowsServiceMonitors: true,
});

/** A pod that has a node and serves since then. */
export const readyPod = (name: string, labels: Record<string, string>, since: Date): V1Pod => ({
  metadata: { name, namespace: "demo", uid: `uid-of-${name}`, labels },
  status: {
    conditions: ["PodScheduled", "Ready"].map((type) => ({
      type,
      status: "True",
      lastTransitionTime: since,
    })),
  },
});
