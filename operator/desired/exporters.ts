import type { V1Container, V1Deployment, V1Service, V1Volume } from "@kubernetes/client-node";
import { shortHash } from "./hash.ts";
import { hostInUrl } from "./hostInUrl.ts";
import type { Inputs } from "./inputs.ts";
import { CONFIG_HASH, type Component, child, childName, selectorLabels } from "./names.ts";
import { PROXY_STATUS_PATH, PROXY_STATUS_PORT } from "./nginxConf.ts";
import { derivedPassword } from "./passwords.ts";
import { podTemplate, secretFiles } from "./pod.ts";
import { EXPORTER_PASSWORD_KEY } from "./redisSecret.ts";
import { EXPORTER_USER } from "./redisUsers.ts";
import { annotated } from "./scraping.ts";
import { REDIS_PORT, service } from "./services.ts";

// What asks Redis and the proxies for metrics. It stands beside them: none of their pods knows of it.

type Exporter = Extract<Component, "exporter" | "exporter-nginx">;

/** Ports of the exporters, as everybody has them. */
export const EXPORTER_PORTS: Record<Exporter, number> = { exporter: 9121, "exporter-nginx": 9113 };
/** Users of their images. */
const USERS: Record<Exporter, number> = { exporter: 59_000, "exporter-nginx": 1001 };

const PASSWORD_FOLDER = "/run/secrets/redis";

const resources = { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "64Mi" } };

/** Asks Redis, over the network, as a user that may do nothing but that. */
export function redisExporter(inputs: Inputs): V1Deployment {
  const { hitCounter, passwords } = inputs;
  const redis = childName(hitCounter, "redis");
  // It reads the file when it starts, and only then.
  const hash = shortHash(derivedPassword(passwords.current, EXPORTER_USER));
  const volumes = [{ name: "redis-password", secret: secretFiles(hitCounter, EXPORTER_PASSWORD_KEY) }];
  const container = {
    name: "redis-exporter",
    args: [
      `--redis.addr=redis://${redis}:${REDIS_PORT}`,
      `--redis.user=${EXPORTER_USER}`,
      `--redis.password-file=${PASSWORD_FOLDER}/${EXPORTER_PASSWORD_KEY}`,
      // What it may not ask for, and would complain of.
      "--config-command=-",
      "--set-client-name=false",
      "--exclude-latency-histogram-metrics",
    ],
    volumeMounts: [{ name: "redis-password", mountPath: PASSWORD_FOLDER, readOnly: true }],
    readinessProbe: probe("/health"),
    livenessProbe: probe("/health"),
  };
  return exporter(inputs, "exporter", 1, { [CONFIG_HASH]: hash }, container, volumes);
}

/**
 * Asks each proxy there is, by its address. A container beside nginx would be simpler, but a pod is ready only while all
 * of its containers run: one that crashed everywhere would have taken every proxy from its Service.
 */
export function nginxExporter(inputs: Inputs): V1Deployment {
  const { proxyAddresses } = inputs;
  const uris = proxyAddresses.map(
    (address) => `http://${hostInUrl(address)}:${PROXY_STATUS_PORT}${PROXY_STATUS_PATH}`,
  );
  return exporter(
    inputs,
    "exporter-nginx",
    uris.length > 0 ? 1 : 0,
    {},
    {
      name: "nginx-exporter",
      args: uris.map((uri) => `--nginx.scrape-uri=${uri}`),
      readinessProbe: probe("/"),
      livenessProbe: probe("/"),
    },
  );
}

const probe = (path: string) => ({
  httpGet: { path, port: "metrics" },
  periodSeconds: 10,
  timeoutSeconds: 5,
});

function exporter(
  inputs: Inputs,
  component: Exporter,
  replicas: number,
  annotations: Record<string, string>,
  container: V1Container,
  volumes: V1Volume[] = [],
): V1Deployment {
  const { hitCounter, defaultImages } = inputs;
  const ports = [{ name: "metrics", containerPort: EXPORTER_PORTS[component], protocol: "TCP" }];
  return {
    ...child("apps/v1", "Deployment", hitCounter, component),
    spec: {
      replicas,
      paused: false,
      revisionHistoryLimit: 0,
      selector: { matchLabels: selectorLabels(hitCounter, component) },
      // Of two at once everything would be told twice.
      strategy: { type: "Recreate" },
      template: podTemplate(hitCounter, component, {
        user: USERS[component],
        annotations,
        terminationGracePeriodSeconds: 5,
        container: { ...container, image: defaultImages[component], ports },
        resources,
        volumes,
      }),
    },
  };
}

/** The Service by which Prometheus finds an exporter. */
export function exporterService(inputs: Inputs, component: Exporter): V1Service {
  const port = EXPORTER_PORTS[component];
  const metrics = { name: "metrics", port, targetPort: "metrics", protocol: "TCP" };
  return annotated(inputs, service(inputs.hitCounter, component, metrics, { clusterIP: "None" }), port);
}
