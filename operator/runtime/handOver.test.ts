import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { handOver } from "./handOver.ts";
import type { KubeClient } from "./kubeClient.ts";
import { FakeApiServer } from "./testing/fakeApiServer.ts";
import { clientFor, demoThings, thing, things } from "./testing/things.ts";

const size = { path: ["spec", "size"], fieldManager: "keeper" };
const key = { namespace: "demo", name: "a" };
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

const owner = (entry: object) => ({
  manager: "runtime-test",
  operation: "Apply",
  fieldsType: "FieldsV1",
  fieldsV1: { "f:spec": { "f:size": {} } },
  ...entry,
});
/** Hands the size over, of a thing with these owners; returns the writes that took. */
async function writes(...managedFields: object[]) {
  server.put(demoThings, thing("a", 5, { uid: "uid-of-a", managedFields }));
  await handOver(client, things, key, size, { fieldManager: "runtime-test" });
  return server.requests.filter(({ method }) => method !== "GET");
}

describe("a field that is about to be left out", () => {
  it("is applied as it is by the one that keeps it, without taking it from anyone", async () => {
    const [write, ...others] = await writes(owner({}));
    expect(write?.query).toMatchObject({ fieldManager: "keeper", force: "false" });
    expect(JSON.parse(write?.body ?? "")).toEqual({
      apiVersion: "example.dev/v1",
      kind: "Thing",
      metadata: { namespace: "demo", name: "a", uid: "uid-of-a" },
      spec: { size: 5 },
    });
    expect(others).toEqual([]);
  });

  it.each<[string, object[]]>([
    ["nobody is known to own it", []],
    ["another has applied it", [owner({ manager: "other" })]],
    ["another has changed it since", [owner({ operation: "Update" })]],
    ["it was set through a subresource", [owner({ subresource: "scale" })]],
    ["the manager owns other fields", [owner({ fieldsV1: { "f:spec": { "f:color": {} } } })]],
  ])("is left alone when %s", async (_when, managedFields) => {
    expect(await writes(...managedFields)).toEqual([]);
  });

  it("is nothing when the object is gone", async () => {
    await handOver(client, things, key, size, { fieldManager: "runtime-test" });
    expect(server.requests.map(({ method }) => method)).toEqual(["GET"]);
  });
});
