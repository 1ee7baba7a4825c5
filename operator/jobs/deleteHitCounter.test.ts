import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { KubeClient, KubeObject } from "../runtime/index.ts";
import { FakeApiServer } from "../runtime/testing/fakeApiServer.ts";
import { clientFor } from "../runtime/testing/things.ts";
import { hitCounterWith } from "../testing/fixtures.ts";
import { deleteHitCounter } from "./deleteHitCounter.ts";
import { hasty } from "./testing/surroundings.ts";

const hitCounters = "/apis/hitcounter.dev/v1alpha1/namespaces/demo/hitcounters";
const services = "/api/v1/namespaces/demo/services";
const options = { namespace: "demo", name: "web", timeout: 60 };
let server: FakeApiServer;
let client: KubeClient;

beforeEach(async () => {
  server = await FakeApiServer.start();
  client = clientFor(server.url);
  server.put(hitCounters, hitCounterWith() as KubeObject);
});
afterEach(async () => {
  await client.close();
  await server.close();
});

const service = (name: string, owner: string, finalizers?: string[]) => ({
  metadata: {
    name,
    labels: { "app.kubernetes.io/managed-by": "hitcounter-operator", "app.kubernetes.io/instance": "web" },
    ownerReferences: [{ apiVersion: "hitcounter.dev/v1alpha1", kind: "HitCounter", name: "web", uid: owner }],
    ...(finalizers && { finalizers }),
  },
});

/** Garbage collection, a Service at each look after the HitCounter is gone. */
const collects = (...names: string[]) => {
  server.fault = ({ path }) => {
    const gone = path === services && names.shift();
    if (gone) server.remove(`${services}/${gone}`);
    return undefined;
  };
};

describe("deleting a HitCounter", () => {
  it("waits until the last of its Services is gone, and says what holds one", async () => {
    server.put(services, service("web-proxy", "uid-of-web", ["service.kubernetes.io/load-balancer-cleanup"]));
    server.put(services, service("web-redis", "uid-of-web"));
    collects("", "web-redis", "web-proxy");
    const { surroundings, waitedFor } = hasty(client);
    const end = await deleteHitCounter.run(options, surroundings);
    expect(end).toBe("HitCounter demo/web and its Services are gone");
    const held = "Service web-proxy, held by service.kubernetes.io/load-balancer-cleanup";
    expect(waitedFor()).toEqual([
      "HitCounter demo/web is being deleted",
      `To be gone: ${held}, Service web-redis`,
      `To be gone: ${held}`,
    ]);
  });

  it("asks for one deletion, of this HitCounter alone", async () => {
    await deleteHitCounter.run(options, hasty(client).surroundings);
    const deletions = server.requests.filter(({ method }) => method === "DELETE");
    expect(deletions.map(({ body }) => JSON.parse(body))).toEqual([{ preconditions: { uid: "uid-of-web" } }]);
  });

  it("leaves one alone that was made under its name meanwhile, and that one's Services", async () => {
    server.put(services, service("web-proxy", "uid-of-another"));
    server.fault = ({ method }) => {
      if (method === "DELETE") {
        const another = hitCounterWith();
        server.put(hitCounters, {
          ...another,
          metadata: { ...another.metadata, uid: "uid-of-another" },
        } as KubeObject);
        return { status: 409 };
      }
      return undefined;
    };
    await deleteHitCounter.run(options, hasty(client).surroundings);
    expect(server.requests.filter(({ method }) => method === "DELETE")).toHaveLength(1);
  });

  it("is done where there is nothing", async () => {
    server.remove(`${hitCounters}/web`);
    const { surroundings, waitedFor } = hasty(client);
    await deleteHitCounter.run(options, surroundings);
    expect(waitedFor()).toEqual([]);
  });

  it("fails when time is up, and says what is left", async () => {
    server.put(services, service("web-proxy", "uid-of-web"));
    const deleting = deleteHitCounter.run(options, hasty(client).surroundings);
    await expect(deleting).rejects.toThrow("Not within 60 s: To be gone: Service web-proxy");
  });
});
