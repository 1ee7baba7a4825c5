import { describe, expect, it } from "@jest/globals";
import { ApiError, refusalOf } from "./apiError.ts";
import { applyIfChanged, hashOf } from "./apply.ts";
import type { KubeClient } from "./kubeClient.ts";
import type { KubeObject, ObjectMeta } from "./objects.ts";
import { things } from "./testing/things.ts";

interface Served extends KubeObject {
  spec: { ports: { name: string; port: number }[] };
}

const http = { name: "http", port: 80 };
const served = (metadata: ObjectMeta, ...ports: Served["spec"]["ports"]): Served => ({
  apiVersion: "example.dev/v1",
  kind: "Thing",
  metadata: { namespace: "demo", name: "a", ...metadata },
  spec: { ports },
});
const desired = served({}, http);
const entry = (manager: string, operation: string, port: number) => ({
  manager,
  operation,
  apiVersion: "example.dev/v1",
  fieldsType: "FieldsV1",
  fieldsV1: { "f:spec": { "f:ports": { [`k:{"port":${port}}`]: { ".": {} } } } },
});
const live = { uid: "uid-of-a", resourceVersion: "7" };
const mixed = { ...live, managedFields: [entry("me", "Apply", 80), entry("kubectl", "Update", 8000)] };
const invalid = new ApiError(422, { message: 'ports[1].name: Duplicate value: "http"' });

/** A client that gives these answers one after the other, and what it was asked; a PATCH that is raw is taken as given. */
function answering(...answers: unknown[]) {
  const asked: string[] = [];
  const answer = async (what: string): Promise<unknown> => {
    asked.push(what);
    const next = answers.shift();
    if (next instanceof Error) throw next;
    return next;
  };
  const client = {
    apply: () => answer("apply"),
    get: () => answer("get"),
    raw: (_method: string, _path: string, { body }: { body: string }) =>
      answer(`take over from ${JSON.parse(body).metadata.resourceVersion}`),
  };
  return { client: client as unknown as KubeClient, asked };
}
const apply = (client: KubeClient, there?: Served) =>
  applyIfChanged(client, things as never, desired, there, {
    fieldManager: "me",
    hashAnnotation: "example.dev/applied",
    wholeFields: new Set(["ports"]),
  });

describe("an object in whose whole fields others have set something", () => {
  const edited = served(live, { name: "http", port: 8000 });
  const repaired = served({ ...live, resourceVersion: "9" }, http);
  const taken = { status: 200, body: "{}", headers: {} };

  it("is applied once more as their only owner, when the merge of both is refused", async () => {
    const { client, asked } = answering(
      invalid,
      served(mixed, { name: "http", port: 8000 }),
      taken,
      repaired,
    );
    expect((await apply(client, edited)).object).toBe(repaired);
    expect(asked).toEqual(["apply", "get", "take over from 7", "apply"]);
  });

  it("is applied once more as their only owner, when the merge of both was made", async () => {
    const merged = served({ ...mixed, resourceVersion: "8" }, http, { name: "more", port: 8000 });
    const { client, asked } = answering(merged, taken, repaired);
    expect((await apply(client, edited)).object).toBe(repaired);
    expect(asked).toEqual(["apply", "take over from 8", "apply"]);
  });

  it("is repaired, though all is there that is desired", async () => {
    const annotations = { "example.dev/applied": hashOf(desired) };
    const more = { name: "more", port: 8000 };
    const { client } = answering(served({ ...mixed, resourceVersion: "8" }, http, more), taken, repaired);
    const drift = [{ path: "spec.ports[more]", desired: undefined, live: more }];
    expect(await apply(client, served({ ...live, annotations }, http, more))).toMatchObject({
      result: "repaired",
      drift,
      altered: [],
    });
  });

  it("is applied once when the merge is as desired, whoever owns it", async () => {
    const { client, asked } = answering(served({ ...mixed, resourceVersion: "8" }, http));
    await apply(client, edited);
    expect(asked).toEqual(["apply"]);
  });

  it("is left as admission makes it, when nobody owns that", async () => {
    const more = { name: "more", port: 81 };
    const merged = served({ ...live, managedFields: [entry("me", "Apply", 80)] }, http, more);
    const { client, asked } = answering(merged);
    const { altered } = await apply(client, edited);
    expect(altered).toEqual([{ path: "spec.ports[more]", desired: undefined, live: more }]);
    expect(asked).toEqual(["apply"]);
  });

  it.each<[string, unknown[], string[]]>([
    ["others own nothing of them", [invalid, served(live, http)], ["apply", "get"]],
    ["it is gone", [invalid, undefined], ["apply", "get"]],
    ["it is another by now", [invalid, served({ ...mixed, uid: "uid-of-b" }, http)], ["apply", "get"]],
    [
      "that is refused too",
      [new ApiError(422, {}), served(mixed, http), taken, invalid],
      ["apply", "get", "take over from 7", "apply"],
    ],
  ])("is refused when %s", async (_when, answers, requests) => {
    const { client, asked } = answering(...answers);
    await expect(apply(client, edited)).rejects.toBe(invalid);
    expect(asked).toEqual(requests);
  });

  it("is looked at anew when it changes meanwhile", async () => {
    const conflict = { status: 409, body: "", headers: {} };
    const { client } = answering(invalid, served(mixed, http), conflict);
    const error = await apply(client, edited).catch((reason: unknown) => reason);
    expect(refusalOf(error)).toBe("anew");
  });

  it.each<[string, ApiError, Served | undefined]>([
    ["there was none", invalid, undefined],
    ["it is another by now", new ApiError(422, { details: { causes: [{ field: "metadata.uid" }] } }), edited],
    ["a policy denies it", new ApiError(403, {}), edited],
  ])("is asked nothing more when %s", async (_when, error, there) => {
    const { client, asked } = answering(error);
    await expect(apply(client, there)).rejects.toBe(error);
    expect(asked).toEqual(["apply"]);
  });
});
