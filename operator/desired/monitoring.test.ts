import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "@jest/globals";
import type { V1Deployment, V1Service } from "@kubernetes/client-node";
import type { ServiceMonitor } from "../api/serviceMonitor.ts";
import { hitCounterWith, inputsFor } from "../testing/fixtures.ts";
import { desiredObjects } from "./index.ts";
import type { Inputs } from "./inputs.ts";
import { firstPasswords } from "./passwords.ts";

const objectsFor = (enabled: boolean, changed: Partial<Inputs> = {}) =>
  desiredObjects({ ...inputsFor(hitCounterWith({ monitoring: { enabled } })), ...changed });
const titleOf = ({ kind, metadata }: { kind?: string; metadata?: { name?: string } }) =>
  `${kind} ${metadata?.name}`;
const find = <T>(objects: ReturnType<typeof objectsFor>, title: string) =>
  objects.find((object) => titleOf(object) === title) as T;
const containerOf = (objects: ReturnType<typeof objectsFor>, name: string) =>
  find<V1Deployment>(objects, `Deployment ${name}`).spec?.template.spec?.containers[0];

describe("monitoring", () => {
  it("adds these, and changes nothing else but walls, where the cluster knows ServiceMonitors", () => {
    const without = objectsFor(false);
    const added = objectsFor(true).slice(without.length);
    const changed = without.filter((object, index) => !isDeepStrictEqual(object, objectsFor(true)[index]));
    expect(changed.map(titleOf)).toEqual(["NetworkPolicy web-redis", "NetworkPolicy web-proxy"]);
    expect(added.map(titleOf)).toEqual([
      "NetworkPolicy web-exporter",
      "Deployment web-exporter",
      "Service web-exporter",
      "NetworkPolicy web-exporter-nginx",
      "Deployment web-exporter-nginx",
      "Service web-exporter-nginx",
      "ServiceMonitor web-counter",
      "ServiceMonitor web-exporter",
      "ServiceMonitor web-exporter-nginx",
    ]);
  });

  it("annotates the Services where it does not, and changes no pod of the parts", () => {
    const unknown = { knowsServiceMonitors: false };
    const objects = objectsFor(true, unknown);
    expect(objects.filter(({ kind }) => kind === "ServiceMonitor")).toEqual([]);
    const scraped = (name: string) => find<V1Service>(objects, `Service ${name}`).metadata?.annotations;
    expect(["web-counter", "web-exporter", "web-exporter-nginx"].map(scraped)).toEqual(
      ["8080", "9121", "9113"].map((port) => ({
        "prometheus.io/scrape": "true",
        "prometheus.io/port": port,
        "prometheus.io/path": "/metrics",
      })),
    );
    expect(scraped("web-redis")).toBeUndefined();
    for (const title of ["StatefulSet web-redis", "Deployment web-counter", "Deployment web-proxy"]) {
      expect(find(objects, title)).toEqual(find(objectsFor(false, unknown), title));
    }
  });

  it("leads each ServiceMonitor to a Service and a port that are there", () => {
    const objects = objectsFor(true);
    const monitors = objects.filter(({ kind }) => kind === "ServiceMonitor") as ServiceMonitor[];
    for (const { spec } of monitors) {
      const wanted = Object.entries(spec.selector.matchLabels);
      const found = objects.filter(
        ({ kind, metadata }) =>
          kind === "Service" && wanted.every(([name, value]) => metadata?.labels?.[name] === value),
      ) as V1Service[];
      expect(found).toHaveLength(1);
      const ports = found[0]?.spec?.ports?.map(({ name }) => name);
      expect(spec.endpoints.map(({ port }) => port)).toEqual(ports);
    }
  });
});

describe("the exporter", () => {
  it("of nginx asks every proxy by its address, of either family", () => {
    const proxyAddresses = ["10.244.1.7", "fd00::7"];
    expect(containerOf(objectsFor(true, { proxyAddresses }), "web-exporter-nginx")?.args).toEqual([
      "--nginx.scrape-uri=http://10.244.1.7:8081/stub_status",
      "--nginx.scrape-uri=http://[fd00::7]:8081/stub_status",
    ]);
  });

  it("of nginx waits while there is no proxy to ask: without an address it would ask itself", () => {
    const { spec } = find<V1Deployment>(
      objectsFor(true, { proxyAddresses: [] }),
      "Deployment web-exporter-nginx",
    );
    expect(spec?.replicas).toBe(0);
  });

  it("of Redis is another user, whose password is in no argument, and is replaced when that changes", () => {
    const container = containerOf(objectsFor(true), "web-exporter");
    expect(container?.args).toContain("--redis.user=exporter");
    expect(container?.args).toContain("--redis.password-file=/run/secrets/redis/exporter.json");
    expect(container?.env).toBeUndefined();
    const annotations = (changed: Partial<Inputs>) =>
      find<V1Deployment>(objectsFor(true, changed), "Deployment web-exporter").spec?.template.metadata
        ?.annotations;
    expect(annotations({ passwords: firstPasswords(() => "another", new Date(0)) })).not.toEqual(
      annotations({}),
    );
  });
});
