import type { V1Deployment } from "@kubernetes/client-node";
import { deployment } from "./deployment.ts";
import { shortHash } from "./hash.ts";
import type { Inputs } from "./inputs.ts";
import { CONFIG_HASH, childName } from "./names.ts";
import { PROXY_PATHS, PROXY_PATIENCE, PROXY_PORT, PROXY_STATUS_PORT } from "./nginxConf.ts";
import { PROXY_TLS_PORT } from "./nginxTls.ts";
import { NGINX_CONF_KEY, proxyConfigMap } from "./proxyConfigMap.ts";
import { SERVES_TLS, tlsMount, tlsVolume } from "./proxyTls.ts";

/** User of the unprivileged nginx image. */
const NGINX_USER = 101;
const CONF_FOLDER = "/etc/hitcounter";

const health = { path: PROXY_PATHS.health, port: "status" };
const upstream = { path: PROXY_PATHS.upstream, port: "status" };

/** The nginx in front of the counters. */
export function proxyDeployment(inputs: Inputs): V1Deployment {
  const { hitCounter, defaultImages } = inputs;
  const { proxy } = hitCounter.spec;
  const hasTls = inputs.tls?.wanted ?? false;
  return deployment(hitCounter, "proxy", {
    replicas: proxy.replicas,
    user: NGINX_USER,
    ...(hasTls && { labels: SERVES_TLS }),
    annotations: { [CONFIG_HASH]: shortHash(JSON.stringify(proxyConfigMap(inputs).data)) },
    // The sleep below, then worker_shutdown_timeout, and a moment.
    terminationGracePeriodSeconds: proxy.drainSeconds + PROXY_PATIENCE + 2,
    container: {
      name: "nginx",
      image: proxy.image ?? defaultImages.proxy,
      command: ["nginx", "-e", "stderr", "-c", `${CONF_FOLDER}/${NGINX_CONF_KEY}`, "-g", "daemon off;"],
      ports: [
        { name: "http", containerPort: PROXY_PORT, protocol: "TCP" },
        ...(hasTls ? [{ name: "https", containerPort: PROXY_TLS_PORT, protocol: "TCP" }] : []),
        { name: "status", containerPort: PROXY_STATUS_PORT, protocol: "TCP" },
      ],
      // None is ready before it reaches a counter: on a new node the way there may come later than the pod. It
      // waits for a day, as another container would do no better.
      startupProbe: { httpGet: upstream, periodSeconds: 1, timeoutSeconds: 3, failureThreshold: 86_400 },
      readinessProbe: { httpGet: health, periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 2 },
      livenessProbe: { httpGet: health, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
      // Serves on until whoever leads here has forgotten this pod; the image's SIGQUIT then quits gracefully.
      lifecycle: { preStop: { sleep: { seconds: proxy.drainSeconds } } },
      volumeMounts: [
        { name: "conf", mountPath: CONF_FOLDER, readOnly: true },
        { name: "tmp", mountPath: "/tmp" },
        ...(hasTls ? [tlsMount] : []),
      ],
    },
    volumes: [
      { name: "conf", configMap: { name: childName(hitCounter, "proxy") } },
      { name: "tmp", emptyDir: { medium: "Memory", sizeLimit: "16Mi" } },
      ...(hasTls ? [tlsVolume(hitCounter)] : []),
    ],
  });
}
