import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { ApiError } from "./apiError.ts";
import type { KubeClient } from "./kubeClient.ts";
import { errorMessage } from "./logger.ts";
import { FakeApiServer } from "./testing/fakeApiServer.ts";
import { clientFor, demoThings, type Thing, thing, things } from "./testing/things.ts";

const a = { namespace: "demo", name: "a" };
const options = { fieldManager: "runtime-test" };
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

describe("the client", () => {
  it("gets an object, or undefined when there is none", async () => {
    expect(await client.get(things, a)).toBeUndefined();
    server.put(demoThings, thing("a"));
    expect(await client.get(things, a)).toMatchObject({ spec: { size: 1 } });
  });

  it("lists items with the kind that lists leave out", async () => {
    server.put(demoThings, thing("a"));
    const { items } = await client.list(things, { namespace: "demo", labelSelector: "" });
    expect(items).toMatchObject([{ apiVersion: "example.dev/v1", kind: "Thing", metadata: { name: "a" } }]);
    expect(server.requests[0]?.query).toEqual({});
  });

  it("lists what the selectors select", async () => {
    await client.list(things, {
      labelSelector: "team=blue",
      fieldSelector: "involvedObject.uid=1,type!=Normal",
    });
    expect(server.requests[0]?.query).toEqual({
      labelSelector: "team=blue",
      fieldSelector: "involvedObject.uid=1,type!=Normal",
    });
  });

  it("applies as the API server wants to be asked", async () => {
    await client.apply(things, thing("a"), { ...options, force: false, dryRun: true });
    expect(server.requests[0]).toMatchObject({
      method: "PATCH",
      path: `${demoThings}/a`,
      query: { fieldManager: "runtime-test", force: "false", dryRun: "All" },
      headers: { "content-type": "application/apply-patch+yaml", "user-agent": "runtime-test" },
      body: JSON.stringify(thing("a")),
    });
  });

  it("applies no character as it is that YAML refuses or takes for the end of a line", async () => {
    const object = { ...thing("a"), note: "\u007f\u0085\u009b\u2028\ufeff é ☃ 𝟙" };
    await client.apply(things, object, options);
    const { body = "" } = server.requests[0] ?? {};
    expect(body).toContain('"\\u007f\\u0085\\u009b\\u2028\\ufeff é ☃ 𝟙"');
    expect(JSON.parse(body)).toEqual(object);
  });

  it("applies a status by itself", async () => {
    const seen = { ...a, resourceVersion: "7" };
    await client.patchStatus(things, seen, { ready: true }, options);
    expect(server.requests[0]).toMatchObject({ method: "PATCH", path: `${demoThings}/a/status` });
    expect(JSON.parse(server.requests[0]?.body ?? "")).toEqual({
      apiVersion: "example.dev/v1",
      kind: "Thing",
      metadata: seen,
      status: { ready: true },
    });
  });

  it("changes an object by operations", async () => {
    const operations = [{ op: "remove", path: "/spec/size" }];
    server.fault = () => ({ status: 200, body: "{}" });
    await client.patch(things, a, operations, { fieldManager: "me" });
    expect(server.requests[0]).toMatchObject({
      method: "PATCH",
      path: `${demoThings}/a`,
      query: { fieldManager: "me" },
      headers: expect.objectContaining({ "content-type": "application/json-patch+json" }),
    });
    expect(JSON.parse(server.requests[0]?.body ?? "")).toEqual(operations);
  });

  it("creates in the object's namespace", async () => {
    await client.create(things, thing("a"));
    expect(server.requests[0]).toMatchObject({ method: "POST", path: demoThings });
  });

  it("replaces an object unless it has changed since", async () => {
    server.put(demoThings, thing("a"));
    const before: Thing = (await client.get(things, a)) ?? {};
    expect((await client.replace(things, { ...before, spec: { size: 2 } })).spec).toEqual({ size: 2 });
    expect(server.requests.at(-1)).toMatchObject({ method: "PUT", path: `${demoThings}/a` });
    await expect(client.replace(things, before)).rejects.toMatchObject({ statusCode: 409 });
  });

  it("deletes only the object that was meant, and does not mind when there is none", async () => {
    const uid = server.put(demoThings, thing("a")).metadata?.uid ?? "";
    await client.delete(things, a, { preconditions: { uid }, propagationPolicy: "Background" });
    await client.delete(things, a);
    expect(server.requests.map(({ body }) => JSON.parse(body))).toEqual([
      { preconditions: { uid }, propagationPolicy: "Background" },
      {},
    ]);
  });

  it("throws what the server refuses", async () => {
    server.fault = () => ({ status: 409 });
    const refused = client.create(things, thing("a"));
    await expect(refused).rejects.toThrow(ApiError);
    await expect(refused).rejects.toMatchObject({ statusCode: 409 });
    await expect(client.delete(things, a)).rejects.toThrow("409");
  });

  it("names the request that got no answer", async () => {
    server.fault = () => "reset";
    const message = await client.get(things, a).catch(errorMessage);
    expect(message).toMatch(/^GET \/apis\/example\.dev\/v1\/namespaces\/demo\/things\/a: .+/);
  });

  it("gives a request up when its signal aborts", async () => {
    server.fault = () => "hang";
    const signal = AbortSignal.timeout(20);
    await expect(client.get(things, a, { signal })).rejects.toThrow("GET");
  });

  it("hands back any answer to a raw request", async () => {
    server.fault = () => ({ status: 418, body: "teapot", headers: { "x-kind": "pot" } });
    const answer = await client.raw("GET", "/healthz", { query: { verbose: true, not: undefined } });
    expect(answer).toMatchObject({ status: 418, body: "teapot", headers: { "x-kind": "pot" } });
    expect(server.requests[0]?.query).toEqual({ verbose: "true" });
  });

  it("keeps to a handful of connections, however many requests there are", async () => {
    await Promise.all(Array.from({ length: 200 }, () => client.get(things, a)));
    expect(server.connections).toBeLessThanOrEqual(10);
  });

  it("throws the error that a watch tells of", async () => {
    server.compact();
    const watch = client.watch(things, {
      resourceVersion: "1",
      timeoutSeconds: 5,
      signal: new AbortController().signal,
    });
    await expect(watch[Symbol.asyncIterator]().next()).rejects.toMatchObject({ statusCode: 410 });
  });
});
