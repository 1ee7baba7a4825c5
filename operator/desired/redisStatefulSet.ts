import type { V1StatefulSet } from "@kubernetes/client-node";
import type { HitCounter } from "../api/hitCounter.ts";
import { claim } from "./claim.ts";
import type { Inputs } from "./inputs.ts";
import {
  acceptedLossOf,
  CONFIG_HASH,
  child,
  hasCopies,
  labels,
  redisPodNames,
  redisPodsName,
  selectorLabels,
} from "./names.ts";
import { podTemplate, secretFiles } from "./pod.ts";
import { commandOfCopy, redisCommand, redisEnvironment } from "./redisCommand.ts";
import { DATA_FOLDER } from "./redisData.ts";
import { AUTH_CONF_KEY, BELIEVED_COUNT_KEY, copyConfKey, INITIAL_HITS_KEY } from "./redisSecret.ts";
import { PROBE_USER } from "./redisUsers.ts";
import { restore } from "./restore.ts";
import { REDIS_PORT } from "./services.ts";

/** User of Redis in the official image and in Debian's package. */
export const REDIS_USER = 999;
const AUTH_FOLDER = "/run/secrets/redis";
/** Where a Redis without data finds what it may begin at. */
export const BEGINNING_FOLDER = "/run/secrets/beginning";
/** Its user needs no password, but redis-cli is to say that it is that user. */
const asProbe = ["--user", PROBE_USER, "--pass", "", "--no-auth-warning"];
const ping = { command: ["redis-cli", ...asProbe, "-e", "ping"] };

/** Waits until a copy leads no more, as another does, or for about 5 s. */
const LEADS_NO_MORE = `tries=20
while [ $tries -gt 0 ] && redis-cli --user ${PROBE_USER} --pass "" --no-auth-warning role | { read -r role; [ "$role" = master ]; }
do
  tries=$((tries - 1))
  sleep 0.2
done
`;

/** Name of the volume that keeps the count, among those of the pod. */
const VOLUME_CLAIM = "data";

/** Names of the claims that Kubernetes makes for the pods of the StatefulSet, in their order, or for as many as there would be. */
export const volumeClaimNames = (hitCounter: HitCounter, copies?: number): readonly string[] =>
  redisPodNames(hitCounter, copies).map((pod) => `${VOLUME_CLAIM}-${pod}`);

/** The Redis that keeps the count, and its volume. */
export function redisStatefulSet(inputs: Inputs): V1StatefulSet {
  const { hitCounter } = inputs;
  return {
    ...child("apps/v1", "StatefulSet", hitCounter, "redis"),
    spec: {
      replicas: hitCounter.spec.redis.replicas,
      revisionHistoryLimit: 3,
      minReadySeconds: 0,
      serviceName: redisPodsName(hitCounter),
      // With OrderedReady a pod that never became ready would block its own replacement by one that could.
      podManagementPolicy: "Parallel",
      selector: { matchLabels: selectorLabels(hitCounter, "redis") },
      // Of three, which one may go next nobody knows who does not know which one is primary.
      updateStrategy: hasCopies(hitCounter)
        ? { type: "OnDelete" }
        : { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
      // The data's fate hangs on the HitCounter alone, never on this.
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
      template: redisPod(inputs),
      volumeClaimTemplates: [
        claim({ name: VOLUME_CLAIM, labels: labels(hitCounter, "redis") }, hitCounter.spec.redis.storage),
      ],
    },
  };
}

/** The image of Redis. */
export const redisImage = ({ hitCounter, defaultImages }: Inputs) =>
  hitCounter.spec.redis.image ?? defaultImages.redis;

function redisPod(inputs: Inputs) {
  const { hitCounter, passwords } = inputs;
  const image = redisImage(inputs);
  const { initContainers, volumes } = restore(hitCounter, image, VOLUME_CLAIM);
  const copies = hasCopies(hitCounter);
  const acceptedLoss = copies ? undefined : acceptedLossOf(hitCounter);
  const confKeys = copies
    ? redisPodNames(hitCounter).map((_, number) => copyConfKey(number))
    : [AUTH_CONF_KEY];
  return podTemplate(hitCounter, "redis", {
    user: REDIS_USER,
    annotations: { [CONFIG_HASH]: passwords.lineage },
    terminationGracePeriodSeconds: 30,
    initContainers,
    container: {
      name: "redis",
      image,
      command: copies
        ? commandOfCopy((number) => `${AUTH_FOLDER}/${copyConfKey(number)}`, BEGINNING_FOLDER)
        : redisCommand(hitCounter, `${AUTH_FOLDER}/${AUTH_CONF_KEY}`, BEGINNING_FOLDER),
      env: [
        { name: redisEnvironment.memory, valueFrom: { resourceFieldRef: { resource: "limits.memory" } } },
        ...(acceptedLoss === undefined ? [] : [{ name: redisEnvironment.acceptedLoss, value: acceptedLoss }]),
      ],
      ports: [{ name: "redis", containerPort: REDIS_PORT, protocol: "TCP" }],
      ...(copies && { lifecycle: { preStop: { exec: { command: ["sh", "-c", LEADS_NO_MORE] } } } }),
      // Not ready while it loads: PING then answers an error, and -e makes that an exit code. A load may take a day.
      startupProbe: { exec: ping, periodSeconds: 1, timeoutSeconds: 2, failureThreshold: 86_400 },
      // A program run each second would take a tenth of a core, many times what Redis takes for the count.
      readinessProbe: { exec: ping, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
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
        { name: "beginning", mountPath: BEGINNING_FOLDER, readOnly: true },
      ],
    },
    volumes: [
      { name: "auth", secret: secretFiles(hitCounter, ...confKeys) },
      // What a Redis without data may begin at, and what is believed: neither need be there.
      {
        name: "beginning",
        secret: { ...secretFiles(hitCounter, INITIAL_HITS_KEY, BELIEVED_COUNT_KEY), optional: true },
      },
      ...volumes,
    ],
  });
}
