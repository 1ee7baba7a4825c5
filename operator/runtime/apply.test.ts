import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { applyIfChanged, hashOf } from "./apply.ts";
import type { KubeClient } from "./kubeClient.ts";
import { FakeApiServer } from "./testing/fakeApiServer.ts";
import { clientFor, demoThings, type Thing, thing, things } from "./testing/things.ts";

const options = { fieldManager: "runtime-test", hashAnnotation: "example.dev/applied" };
let server: FakeApiServer;
let client: KubeClient;

beforeEach(async () => {
  server = await FakeApiServer.start();
  client = clientFor(server.url);
});

afterEach(async () => {
  await client.close();
  await server.close();
});

const apply = (desired: Thing, live?: Thing) => applyIfChanged(client, things, desired, live, options);

describe("applying an object", () => {
  it("creates it with the hash of itself, and leaves the desired object alone", async () => {
    const desired = Object.freeze(thing("a"));
    const { result, object } = await apply(desired);
    expect(result).toBe("created");
    expect(object.metadata).toMatchObject({
      annotations: { "example.dev/applied": hashOf(desired) },
      resourceVersion: expect.any(String),
    });
    expect(server.requests[0]).toMatchObject({
      method: "PATCH",
      path: `${demoThings}/a`,
      query: { fieldManager: "runtime-test", force: "true" },
    });
  });

  it("writes nothing when nothing would change", async () => {
    const { object: live } = await apply(thing("a"));
    const labelled = { ...live, metadata: { ...live.metadata, labels: { added: "by-a-user" } } };
    expect(await apply(thing("a"), labelled)).toEqual({ result: "unchanged", object: labelled });
    expect(server.requests).toHaveLength(1);
  });

  it("writes when a field was changed by someone else", async () => {
    const { object: live } = await apply(thing("a"));
    const { result } = await apply(thing("a"), { ...live, spec: { size: 7 } });
    expect(result).toBe("repaired");
  });

  it("writes when a field is no longer desired, though all that is desired is there", async () => {
    const { object: live } = await apply(thing("a", 1, { labels: { old: "label" } }));
    const { result } = await apply(thing("a"), live);
    expect(result).toBe("updated");
  });

  it("writes when the annotation was taken away", async () => {
    const { object: live } = await apply(thing("a"));
    const { result } = await apply(thing("a"), { ...live, metadata: { ...live.metadata, annotations: {} } });
    expect(result).toBe("updated");
  });
});

describe("a hash", () => {
  it("does not depend on the order of fields, nor on those that are undefined", () => {
    expect(hashOf({ a: 1, b: { c: 2, d: 3 } })).toBe(hashOf({ b: { d: 3, c: 2, e: undefined }, a: 1 }));
    expect(hashOf([1, 2])).not.toBe(hashOf([2, 1]));
  });
});
