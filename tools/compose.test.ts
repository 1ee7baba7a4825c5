import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import {
  counterEnvironment,
  counterPaths,
  counterPort,
  requestHeaders,
  stopSeconds,
} from "../counter/contract.ts";
import { readSettings } from "../operator/config.ts";
import { desiredObjects } from "../operator/desired/index.ts";
import { beginAtInitialHits } from "../operator/desired/initialHits.ts";
import { redisEnvironment } from "../operator/desired/redisCommand.ts";
import { BEGINNING_FOLDER } from "../operator/desired/redisStatefulSet.ts";
import { hitCounterWith, inputsFor } from "../operator/testing/fixtures.ts";
import { COUNTER_ADDRESSES, composeNginxConf, composeRedisStart } from "./compose.ts";

interface Service {
  image: string;
  command?: string[];
  user: string;
  read_only: boolean;
  cap_drop: string[];
  security_opt: string[];
  environment?: Record<string, string | null>;
  ports?: string[];
  networks: string[] | Record<string, { ipv4_address?: string; mac_address?: string }>;
  mem_limit: string;
  stop_signal?: string;
  stop_grace_period: string;
  healthcheck: { test: string | string[] };
}

interface Pod {
  terminationGracePeriodSeconds: number;
  securityContext: { runAsUser: number };
  containers: { command?: string[]; resources: { limits: { memory: string } } }[];
}

const root = join(import.meta.dirname, "..");
const text = await readFile(join(root, "compose.yaml"), "utf8");
const { services } = parse(text, { merge: true }) as { services: Record<string, Service> };
const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
const { defaultImages } = readSettings({});
const part = (name: string) => {
  const service = services[name];
  if (service === undefined) throw new Error(`compose.yaml has no service ${name}`);
  return service;
};

/** The pod of a part, as the operator makes it with nothing but its defaults. */
const podOf = (component: string): Pod => {
  const found = desiredObjects(inputsFor(hitCounterWith())).find(
    ({ kind, metadata }) =>
      /^(Deployment|StatefulSet)$/.test(kind ?? "") &&
      metadata?.labels?.["app.kubernetes.io/component"] === component,
  ) as { spec: { template: { spec: Pod } } } | undefined;
  if (found === undefined) throw new Error(`The operator makes no pods of ${component}`);
  return found.spec.template.spec;
};

const parts = [
  ["proxy", "proxy"],
  ["counter-1", "counter"],
  ["counter-2", "counter"],
  ["redis", "redis"],
] as const;

describe("compose.yaml", () => {
  it("has these services alone, and only the proxy can be reached, from this machine", () => {
    expect(Object.keys(services).sort()).toEqual(parts.map(([name]) => name).sort());
    expect(parts.flatMap(([name]) => part(name).ports ?? [])).toEqual([`\${LISTEN:-127.0.0.1:8080}:8080`]);
  });

  it.each(parts)("runs %s as the operator runs its pods of %s", (name, component) => {
    const pod = podOf(component);
    const [container] = pod.containers;
    const { user, mem_limit, stop_grace_period, ...hardened } = part(name);
    expect(hardened).toMatchObject({
      read_only: true,
      cap_drop: ["ALL"],
      security_opt: ["no-new-privileges:true"],
    });
    expect(user).toBe(`${pod.securityContext.runAsUser}:${pod.securityContext.runAsUser}`);
    expect(mem_limit).toBe(container?.resources.limits.memory.replace("Mi", "m"));
    expect(Number.parseInt(stop_grace_period, 10)).toBeGreaterThanOrEqual(
      // Its pod also waits for the endpoints to forget it.
      pod.terminationGracePeriodSeconds - (component === "proxy" ? 5 : 0),
    );
  });

  it("takes the images that the operator takes, and the counter of this version", () => {
    const image = (variable: string, name: string) => `\${${variable}:-${name}}`;
    expect(part("redis").image).toBe(image("REDIS_IMAGE", defaultImages.redis));
    expect(part("proxy").image).toBe(image("PROXY_IMAGE", defaultImages.proxy));
    for (const name of ["counter-1", "counter-2"]) {
      const tag = image("COUNTER_VERSION", version);
      expect(part(name).image).toBe(`${image("COUNTER_IMAGE", defaultImages.counter)}:${tag}`);
    }
  });

  it("runs nginx by the product's command, with the counters where they are", () => {
    expect(part("proxy").command).toEqual(podOf("proxy").containers[0]?.command);
    const addresses = ["counter-1", "counter-2"].map((name) => {
      const { networks } = part(name);
      return Array.isArray(networks) ? undefined : networks.counters?.ipv4_address;
    });
    expect(addresses).toEqual(COUNTER_ADDRESSES);
    for (const address of addresses)
      expect(composeNginxConf()).toContain(`server ${address}:${counterPort} `);
  });

  it("speaks to the counters in the words of their contract", () => {
    const { environment = {}, healthcheck, stop_grace_period } = part("counter-1");
    const names: readonly string[] = Object.values(counterEnvironment);
    expect(Object.keys(environment).filter((name) => !names.includes(name))).toEqual([]);
    for (const path of [counterPaths.root, counterPaths.hits]) {
      expect(healthcheck.test.at(-1)).toContain(`fetch('http://127.0.0.1:${counterPort}${path}'`);
    }
    expect(healthcheck.test.at(-1)).toContain(`'${requestHeaders.dryRun}':'true'`);
    expect(Number.parseInt(stop_grace_period, 10)).toBeGreaterThan(stopSeconds);
    const redis = Object.values(part("redis").networks).map((network) =>
      typeof network === "object" ? network.ipv4_address : network,
    );
    expect(redis).toEqual([environment[counterEnvironment.redisHost]]);
  });

  it("keeps the hardware addresses of those who are asked, and no two alike", () => {
    const addresses = ["counter-1", "counter-2", "redis"].map((name) =>
      Object.values(part(name).networks).flatMap((network) =>
        typeof network === "object" ? (network.mac_address ?? []) : [],
      ),
    );
    expect(addresses).toEqual([[expect.any(String)], [expect.any(String)], [expect.any(String)]]);
    expect(new Set(addresses.flat()).size).toBe(3);
  });

  it("tells Redis how much memory it has", () => {
    const { environment = {}, mem_limit } = part("redis");
    expect(Object.keys(environment).sort()).toEqual(Object.values(redisEnvironment).sort());
    expect(environment[redisEnvironment.memory]).toBe(`${Number.parseInt(mem_limit, 10) * 1024 * 1024}`);
  });
});

describe("the start of Redis in compose.yaml", () => {
  it("is that of its container in a pod, with the same settings", () => {
    const [, , script = "", , ...settings] = podOf("redis").containers[0]?.command ?? [];
    const start = composeRedisStart();
    // There it begins at 0.
    const ofCompose = script
      .replace(beginAtInitialHits(BEGINNING_FOLDER), "")
      .replace("/run/secrets/redis/auth.conf", "/run/auth/auth.conf");
    expect(start.endsWith(ofCompose)).toBe(true);
    const set = /^set -- (.*)$/m.exec(start)?.[1] ?? "";
    expect(set.split(" ").map((word) => word.replaceAll("'", ""))).toEqual(settings);
  });
});
