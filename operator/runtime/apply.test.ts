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
    const unchanged = { result: "unchanged", object: labelled, drift: [], altered: [] };
    expect(await apply(thing("a"), labelled)).toEqual(unchanged);
    expect(server.requests).toHaveLength(1);
  });

  it("writes when a field was changed by someone else", async () => {
    const { object: live } = await apply(thing("a"));
    const { result, drift } = await apply(thing("a"), { ...live, spec: { size: 7 } });
    expect(result).toBe("repaired");
    expect(drift).toEqual([{ path: "spec.size", desired: 1, live: 7 }]);
  });

  it("writes over the very object that was seen", async () => {
    const { object: live } = await apply(thing("a"));
    await apply(thing("a", 2), live);
    const sent = server.requests.map(({ body }) => JSON.parse(body).metadata.uid);
    expect(sent).toEqual([undefined, live.metadata?.uid]);
    expect(live.metadata?.uid).toBeDefined();
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

describe("a field that keeps its value", () => {
  const keep = { path: ["spec", "size"], fieldManager: "keeper" };
  const { spec: _, ...sizeless } = thing("a");
  const requests = async (desired: Thing, live: Thing) => {
    server.put(demoThings, live);
    await applyIfChanged(client, things, desired, live, { ...options, keep });
    return server.requests.map(({ method }) => method);
  };

  it("is asked for before it is left out", async () => {
    expect(await requests(sizeless, thing("a", 5))).toEqual(["GET", "PATCH"]);
  });

  it.each<[string, Thing, Thing]>([
    ["it is not there", sizeless, sizeless],
    ["it is desired", thing("a", 2), thing("a", 5)],
  ])("costs no request where %s", async (_where, desired, live) => {
    expect(await requests(desired, live)).toEqual(["PATCH"]);
  });
});

describe("an object that admission changes", () => {
  const sizeIs = (live: number) => [{ path: "spec.size", desired: 1, live }];
  /** What the API server keeps of it, whatever is sent. */
  const kept = (version: string, size = 3) =>
    thing("a", size, {
      uid: "uid-of-a",
      resourceVersion: version,
      annotations: { [options.hashAnnotation]: hashOf(thing("a")) },
    });
  const answers = (object: Thing) => {
    server.fault = () => ({ status: 200, body: JSON.stringify(object) });
  };

  it("is unchanged by an apply that changed nothing, which tells what was altered", async () => {
    answers(kept("7"));
    const unchanged = { result: "unchanged", object: kept("7"), drift: [], altered: sizeIs(3) };
    expect(await apply(thing("a"), kept("7"))).toEqual(unchanged);
  });

  it("is unchanged though it never keeps the annotation", async () => {
    const bare = thing("a", 3, { uid: "uid-of-a", resourceVersion: "7" });
    answers(bare);
    expect(await apply(thing("a"), bare)).toMatchObject({ result: "unchanged", altered: sizeIs(3) });
  });

  it("is unchanged though something else in it was written meanwhile", async () => {
    answers(kept("8"));
    const unchanged = { result: "unchanged", object: kept("8"), drift: [], altered: sizeIs(3) };
    expect(await apply(thing("a"), kept("7"))).toEqual(unchanged);
  });

  it("is repaired where someone had changed it otherwise", async () => {
    answers(kept("8"));
    const repaired = { result: "repaired", drift: sizeIs(4), altered: sizeIs(3) };
    expect(await apply(thing("a"), kept("7", 4))).toMatchObject(repaired);
  });

  it.each<[string, "created" | "updated", Thing | undefined]>([
    ["made", "created", undefined],
    ["to be another", "updated", thing("a", 2, { uid: "uid-of-a", resourceVersion: "7" })],
  ])("tells of it when it is %s", async (_when, result, live) => {
    answers(kept("8"));
    expect(await apply(thing("a"), live)).toMatchObject({ result, drift: [], altered: sizeIs(3) });
  });

  it("is not sent again while that is all, and is once it is not", async () => {
    const known = { ...options, altered: sizeIs(3) };
    const unchanged = { result: "unchanged", object: kept("7"), drift: [], altered: sizeIs(3) };
    expect(await applyIfChanged(client, things, thing("a"), kept("7"), known)).toEqual(unchanged);
    expect(server.requests).toEqual([]);
    answers(kept("9"));
    expect(await applyIfChanged(client, things, thing("a"), kept("8", 4), known)).toMatchObject({
      result: "repaired",
    });
  });
});

describe("a hash", () => {
  it("does not depend on the order of fields, nor on those that are undefined", () => {
    expect(hashOf({ a: 1, b: { c: 2, d: 3 } })).toBe(hashOf({ b: { d: 3, c: 2, e: undefined }, a: 1 }));
    expect(hashOf([1, 2])).not.toBe(hashOf([2, 1]));
  });
});
