import type { V1StatefulSet } from "@kubernetes/client-node";
import type { HitCounter } from "../api/hitCounter.ts";
import type { Inputs } from "./inputs.ts";
import {
  acceptedLossOf,
  CONFIG_HASH,
  child,
  childName,
  labels,
  redisPodsName,
  selectorLabels,
} from "./names.ts";
import { podTemplate, secretFile } from "./pod.ts";
import { DATA_FOLDER, redisCommand, redisEnvironment } from "./redisCommand.ts";
import { AUTH_CONF_KEY } from "./redisSecret.ts";
import { PROBE_USER } from "./redisUsers.ts";
import { REDIS_PORT } from "./services.ts";

/** User of Redis in the official image and in Debian's package. */
const REDIS_USER = 999;
const AUTH_FOLDER = "/run/secrets/redis";
/** Its user needs no password, but redis-cli is to say that it is that user. */
const asProbe = ["--user", PROBE_USER, "--pass", "", "--no-auth-warning"];
const ping = { command: ["redis-cli", ...asProbe, "-e", "ping"] };

/** Name of the volume that keeps the count, among those of the pod. */
const VOLUME_CLAIM = "data";

/** Name of the claim that Kubernetes makes for the only pod of the StatefulSet. */
export const volumeClaimName = (hitCounter: HitCounter) =>
  `${VOLUME_CLAIM}-${childName(hitCounter, "redis")}-0`;

/** Annotation of a claim with the size and the class that it was made for. */
export const STORAGE = "hitcounter.dev/storage";

/** What a claim is made for, as that annotation has it. */
export const storageOf = ({ spec: { redis } }: HitCounter) =>
  `${redis.storage.size} ${redis.storage.storageClassName ?? "default"}`;

/** The Redis that keeps the count, and its volume. */
export function redisStatefulSet(inputs: Inputs): V1StatefulSet {
  const { hitCounter } = inputs;
  const { size, storageClassName } = hitCounter.spec.redis.storage;
  return {
    ...child("apps/v1", "StatefulSet", hitCounter, "redis"),
    spec: {
      replicas: 1,
      revisionHistoryLimit: 3,
      minReadySeconds: 0,
      serviceName: redisPodsName(hitCounter),
      // With OrderedReady a pod that never became ready would block its own replacement by one that could.
      podManagementPolicy: "Parallel",
      selector: { matchLabels: selectorLabels(hitCounter, "redis") },
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
      // The data's fate hangs on the HitCounter alone, never on this.
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
      template: redisPod(inputs),
      volumeClaimTemplates: [
        {
          apiVersion: "v1",
          kind: "PersistentVolumeClaim",
          metadata: {
            name: VOLUME_CLAIM,
            labels: labels(hitCounter, "redis"),
            annotations: { [STORAGE]: storageOf(hitCounter) },
          },
          spec: {
            accessModes: ["ReadWriteOnce"],
            ...(storageClassName && { storageClassName }),
            resources: { requests: { storage: String(size) } },
          },
        },
      ],
    },
  };
}

function redisPod({ hitCounter, defaultImages, passwords }: Inputs) {
  const acceptedLoss = acceptedLossOf(hitCounter);
  return podTemplate(hitCounter, "redis", {
    user: REDIS_USER,
    annotations: { [CONFIG_HASH]: passwords.lineage },
    terminationGracePeriodSeconds: 30,
    container: {
      name: "redis",
      image: hitCounter.spec.redis.image ?? defaultImages.redis,
      command: redisCommand(hitCounter, `${AUTH_FOLDER}/${AUTH_CONF_KEY}`),
      env: [
        { name: redisEnvironment.memory, valueFrom: { resourceFieldRef: { resource: "limits.memory" } } },
        ...(acceptedLoss === undefined ? [] : [{ name: redisEnvironment.acceptedLoss, value: acceptedLoss }]),
      ],
      ports: [{ name: "redis", containerPort: REDIS_PORT, protocol: "TCP" }],
      // Not ready while it loads: PING then answers an error, and -e makes that an exit code.
      readinessProbe: { exec: ping, periodSeconds: 1, timeoutSeconds: 2, failureThreshold: 2 },
      // Redis accepts connections while it loads, so a long load is not taken for death.
      livenessProbe: {
        tcpSocket: { port: "redis" },
        periodSeconds: 10,
        timeoutSeconds: 5,
        failureThreshold: 6,
      },
      volumeMounts: [
        { name: VOLUME_CLAIM, mountPath: DATA_FOLDER },
        { name: "auth", mountPath: AUTH_FOLDER, readOnly: true },
      ],
    },
    volumes: [{ name: "auth", secret: secretFile(hitCounter, AUTH_CONF_KEY) }],
  });
}
