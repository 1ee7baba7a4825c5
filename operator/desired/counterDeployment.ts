import type { V1Deployment } from "@kubernetes/client-node";
import {
  counterEnvironment,
  counterPaths,
  counterPort,
  requestHeaders,
  stopSeconds,
} from "../../counter/contract.ts";
import type { HitCounter } from "../api/hitCounter.ts";
import { revisionOf, withCounterSettings } from "./counterSettings.ts";
import { deployment } from "./deployment.ts";
import type { Inputs } from "./inputs.ts";
import { ACCEPT_LOSS_OF, acceptedLossOf, CONFIG_HASH, childName, hasCopies, redisHosts } from "./names.ts";
import { PASSWORD_KEY } from "./passwords.ts";
import { literal, secretFiles } from "./pod.ts";
import { BELIEVED_COUNT_KEY, USERNAME_KEY } from "./redisSecret.ts";
import { counterReplicas } from "./replicas.ts";
import { visitorsSecretName } from "./visitorsSecret.ts";

/** Label with the version a counter pod runs. */
export const VERSION_LABEL = "app.kubernetes.io/version";

/** Label with the settings a counter pod runs, by their name. */
export const REVISION_LABEL = "hitcounter.dev/revision";

/** User of the counter image. */
const COUNTER_USER = 65532;
const PASSWORD_FOLDER = "/run/secrets/redis";
const BELIEVED_FOLDER = "/run/secrets/believed";
const SALT_FOLDER = "/run/secrets/visitors";

const ready = { path: counterPaths.ready, port: "http" };
const health = { path: counterPaths.health, port: "http" };
const dryRun = {
  path: counterPaths.root,
  port: "http",
  httpHeaders: [{ name: requestHeaders.dryRun, value: "true" }],
};

const saltFiles = (hitCounter: HitCounter) => ({
  secretName: visitorsSecretName(hitCounter),
  defaultMode: 0o440,
  optional: true,
});

/** The pods that answer and count. */
export function counterDeployment(inputs: Inputs): V1Deployment {
  const { defaultImages, passwords, settings } = inputs;
  const hitCounter = withCounterSettings(inputs.hitCounter, settings);
  const { version, counter, redis, message, pages, visitors, upgrade } = hitCounter.spec;
  const acceptedLoss = acceptedLossOf(hitCounter);
  return deployment(hitCounter, "counter", {
    replicas: counterReplicas(inputs),
    progressDeadlineSeconds: upgrade.deadlineSeconds,
    user: COUNTER_USER,
    labels: { [VERSION_LABEL]: version, [REVISION_LABEL]: revisionOf(settings) },
    annotations: {
      // They take up another password by themselves, but for one that Redis has to start anew for.
      [CONFIG_HASH]: passwords.lineage,
      // A counter never goes below a count it has seen: only new ones take up the one that was accepted.
      ...(acceptedLoss !== undefined && { [ACCEPT_LOSS_OF]: acceptedLoss }),
    },
    // The counter serves on until the endpoints have forgotten it, then flushes what waits.
    terminationGracePeriodSeconds: stopSeconds + 5,
    container: {
      name: "counter",
      image: `${counter.image ?? defaultImages.counter}:${version}`,
      ports: [{ name: "http", containerPort: counterPort, protocol: "TCP" }],
      env: [
        inputs.replication.countersKnow && hasCopies(hitCounter)
          ? { name: counterEnvironment.redisHosts, value: redisHosts(hitCounter).join(",") }
          : { name: counterEnvironment.redisHost, value: childName(hitCounter, "redis") },
        { name: counterEnvironment.redisUsernameFile, value: `${PASSWORD_FOLDER}/${USERNAME_KEY}` },
        { name: counterEnvironment.redisPasswordFile, value: `${PASSWORD_FOLDER}/${PASSWORD_KEY}` },
        { name: counterEnvironment.redisDurability, value: redis.durability },
        { name: counterEnvironment.believedCountFile, value: `${BELIEVED_FOLDER}/${BELIEVED_COUNT_KEY}` },
        { name: counterEnvironment.message, value: literal(message) },
        ...(pages.max > 0 ? [{ name: counterEnvironment.maxPages, value: `${pages.max}` }] : []),
        ...(visitors.enabled ? [{ name: counterEnvironment.visitorSaltFolder, value: SALT_FOLDER }] : []),
      ],
      // A dry run of a hit, until one is answered: a version that cannot count never becomes ready. While
      // Redis is away it only waits, for 5 minutes and then in a new container.
      startupProbe: { httpGet: dryRun, periodSeconds: 1, timeoutSeconds: 3, failureThreshold: 300 },
      readinessProbe: { httpGet: ready, periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 2 },
      livenessProbe: { httpGet: health, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
      volumeMounts: [
        { name: "redis-password", mountPath: PASSWORD_FOLDER, readOnly: true },
        { name: "believed", mountPath: BELIEVED_FOLDER, readOnly: true },
        ...(visitors.enabled ? [{ name: "visitors", mountPath: SALT_FOLDER, readOnly: true }] : []),
      ],
    },
    volumes: [
      { name: "redis-password", secret: secretFiles(hitCounter, USERNAME_KEY, PASSWORD_KEY) },
      // There is none before the first hits were seen.
      { name: "believed", secret: { ...secretFiles(hitCounter, BELIEVED_COUNT_KEY), optional: true } },
      // The salts of all days it has, which come and go without another pod. Hits are counted without any.
      ...(visitors.enabled ? [{ name: "visitors", secret: saltFiles(hitCounter) }] : []),
    ],
  });
}
