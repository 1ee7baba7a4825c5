import { readFileSync } from "node:fs";
import { z } from "zod";

const whole = (min: number, max: number) => {
  const expected = `a whole number from ${min} to ${max} is expected`;
  return z
    .string()
    .regex(/^\d{1,9}$/, expected)
    .transform(Number)
    .refine((value) => value >= min && value <= max, expected)
    .meta({ values: `${min} to ${max}` });
};

/** What may stand in the environment; an empty variable is one that is not set. */
export const environment = z.object({
  COUNTER_IMAGE: z
    .string()
    .default("ghcr.io/hitcounter/hitcounter-counter")
    .describe("Image of the counter, without a tag, where a HitCounter names none."),
  REDIS_IMAGE: z
    .string()
    .default("docker.io/library/redis:8.0")
    .describe("Image of Redis where a HitCounter names none."),
  PROXY_IMAGE: z
    .string()
    .default("docker.io/nginxinc/nginx-unprivileged:1.28")
    .describe("Image of nginx where a HitCounter names none."),
  REDIS_EXPORTER_IMAGE: z
    .string()
    .default("docker.io/oliver006/redis_exporter:v1.69.0")
    .describe("Image of the exporter that asks Redis."),
  NGINX_EXPORTER_IMAGE: z
    .string()
    .default("docker.io/nginx/nginx-prometheus-exporter:1.4.1")
    .describe("Image of the exporter that asks the proxies; version 1.1 or later, as it asks several."),
  NAMESPACES: z
    .string()
    .default("")
    .transform((list) => list.split(",").filter((name) => name !== ""))
    .refine(
      (names) => names.every((name) => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)),
      "names of namespaces are expected, with commas between them",
    )
    .describe(
      "The namespaces to look after, with commas between them; `--namespaces` says the same. Default: all.",
    ),
  PROBE_VIA: z
    .enum(["service", "apiserver"])
    .optional()
    .describe(
      "How the count is read: from the proxy's Service, or through the API server. `apiserver` can't ask behind the PROXY protocol, nor reach Redis, which passwords need to be rotated. Default: `service` in a cluster, `apiserver` elsewhere.",
    ),
  CONCURRENCY: whole(1, 1000).default(10).describe("How many HitCounters are reconciled at once."),
  LEADER_ELECTION: z
    .enum(["true", "false"])
    .default("true")
    .describe(
      "Whether to wait for the Lease before anything is written; `false` for a process that is alone.",
    ),
  LEASE_NAMESPACE: z
    .string()
    .optional()
    .describe(
      "Namespace of the Lease. Default: the pod's own, elsewhere `hitcounter-system`; where it is missing, nobody leads.",
    ),
  LEASE_NAME: z.string().default("hitcounter-operator").describe("Name of the Lease."),
  IDENTITY: z
    .string()
    .regex(/^[\w.-]{1,253}$/, "letters, digits, dots, dashes and underscores are expected")
    .optional()
    .describe(
      "What this process is called in the Lease; no two may share it. Default: made from the host's name.",
    ),
  HTTP_PORT: whole(0, 65_535)
    .default(8081)
    .describe("Port of `/metrics`, `/healthz` and `/readyz`; 0 takes a free one."),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info").describe("The least that is logged."),
  KUBERNETES_SERVICE_HOST: z
    .string()
    .optional()
    .describe("Set by Kubernetes in every pod: what tells that this is one."),
});

/** The operator's settings, checked. */
export type Settings = ReturnType<typeof readSettings>;

/**
 * Reads the settings from an environment, in which an empty variable is one that is not set; a bad value throws an error
 * that names each bad variable.
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>) {
  const { data, error } = environment.safeParse(
    Object.fromEntries(Object.entries(env).filter(([, value]) => value !== "")),
  );
  if (error) {
    const complaints = error.issues.map(
      ({ path, message }) => `${String(path[0])} is ${JSON.stringify(env[String(path[0])])}: ${message}`,
    );
    throw new Error(complaints.join("\n"));
  }
  const podNamespace = readPodNamespace();
  return {
    defaultImages: {
      counter: data.COUNTER_IMAGE,
      redis: data.REDIS_IMAGE,
      proxy: data.PROXY_IMAGE,
      exporter: data.REDIS_EXPORTER_IMAGE,
      "exporter-nginx": data.NGINX_EXPORTER_IMAGE,
    },
    /** The namespaces to look after; none for all. */
    namespaces: [...new Set(data.NAMESPACES)],
    probeVia: data.PROBE_VIA ?? (data.KUBERNETES_SERVICE_HOST ? "service" : "apiserver"),
    /** HitCounters reconciled at once. */
    concurrency: data.CONCURRENCY,
    /** The Lease that the leader holds; undefined for a process that is alone. */
    lease:
      data.LEADER_ELECTION === "true"
        ? { namespace: data.LEASE_NAMESPACE ?? podNamespace ?? NAMESPACE, name: data.LEASE_NAME }
        : undefined,
    /** The namespace of the pod this runs in; undefined where it is none. */
    podNamespace,
    /** What this process is called; undefined for a name that no other has. */
    identity: data.IDENTITY,
    httpPort: data.HTTP_PORT,
    logLevel: data.LOG_LEVEL,
  } as const;
}

/** Where config/manager puts the operator. */
const NAMESPACE = "hitcounter-system";

/** The namespace of the pod this runs in, as Kubernetes tells every pod that has a service account. */
function readPodNamespace(): string | undefined {
  try {
    return readFileSync("/var/run/secrets/kubernetes.io/serviceaccount/namespace", "utf8").trim();
  } catch {
    return undefined; // not in a pod
  }
}
