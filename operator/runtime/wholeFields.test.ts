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
const live = { uid: "uid-of-a", resourceVersion: "7" };
const more = { name: "more", port: 81 };
const invalid = new ApiError(422, { message: 'ports[1].name: Duplicate value: "http"' });

/** A client that gives these answers one after the other, and what it was asked. */
function answering(...answers: unknown[]) {
  const asked: string[] = [];
  const patches: unknown[] = [];
  const answer = async (what: string): Promise<unknown> => {
    asked.push(what);
    const next = answers.shift();
    if (next instanceof Error) throw next;
    return next;
  };
  const client = {
    apply: () => answer("apply"),
    get: () => answer("get"),
    patch: (_kind: unknown, _key: unknown, operations: { value?: unknown }[]) => {
      const [unchanged, ...changes] = operations;
      patches.push(changes);
      return answer(`put back over ${unchanged?.value}`);
    },
  };
  return { client: client as unknown as KubeClient, asked, patches };
}
const options = {
  fieldManager: "me",
  hashAnnotation: "example.dev/applied",
  wholeFields: new Set(["ports", "lifecycle"]),
};
const apply = (client: KubeClient, there?: Served) =>
  applyIfChanged(client, things as never, desired, there, options);

describe("an object in whose whole fields others have set something", () => {
  const edited = served(live, { name: "http", port: 8000 });
  const repaired = served({ ...live, resourceVersion: "9" }, http);
  it("has them put back and is applied once more, when the merge of both is refused", async () => {
    const { client, asked, patches } = answering(invalid, edited, repaired, repaired);
    expect((await apply(client, edited)).object).toBe(repaired);
    expect(asked).toEqual(["apply", "get", "put back over 7", "apply"]);
    expect(patches).toEqual([[{ op: "add", path: "/spec/ports", value: [http] }]]);
  });

  it("has them put back, when the merge of both was made", async () => {
    const merged = served({ ...live, resourceVersion: "8" }, http, more);
    const { client, asked } = answering(merged, repaired);
    expect((await apply(client, edited)).object).toEqual(repaired);
    expect(asked).toEqual(["apply", "put back over 8"]);
  });

  it("is repaired, though all is there that is desired", async () => {
    const annotations = { "example.dev/applied": hashOf(desired) };
    const merged = served({ ...live, resourceVersion: "8" }, http, more);
    const { client } = answering(merged, repaired);
    const drift = [{ path: "spec.ports[more]", desired: undefined, live: more }];
    expect(await apply(client, served({ ...live, annotations }, http, more))).toMatchObject({
      result: "repaired",
      drift,
      altered: [],
    });
  });

  it("loses those that are not desired at all, where what they are in is", async () => {
    const web = { name: "web/1", image: "web:1" };
    const of = (...containers: object[]) => ({ ...served(live), spec: { ports: [], containers } });
    const mesh = { name: "mesh", lifecycle: {} };
    const there = of(mesh, { ...web, lifecycle: { postStart: { exec: { command: ["false"] } } } });
    const { client, patches } = answering(there, of(mesh, web));
    await applyIfChanged(client, things as never, of(web) as never, there as never, options);
    expect(patches).toEqual([[{ op: "remove", path: "/spec/containers/1/lifecycle" }]]);
  });

  it("is applied once when the merge is as desired", async () => {
    const { client, asked } = answering(served({ ...live, resourceVersion: "8" }, http));
    await apply(client, edited);
    expect(asked).toEqual(["apply"]);
  });

  it("is left as admission makes it, after one more try", async () => {
    const merged = served(live, http, more);
    const { client, asked } = answering(merged, merged);
    const { altered } = await apply(client, edited);
    expect(altered).toEqual([{ path: "spec.ports[more]", desired: undefined, live: more }]);
    expect(asked).toEqual(["apply", "put back over 7"]);
  });

  it.each<[string, unknown[], string[]]>([
    ["they are as desired", [invalid, served(live, http)], ["apply", "get"]],
    ["it is gone", [invalid, undefined], ["apply", "get"]],
    ["it is another by now", [invalid, served({ ...live, uid: "uid-of-b" }, more)], ["apply", "get"]],
    [
      "that is refused too",
      [new ApiError(422, {}), edited, edited, invalid],
      ["apply", "get", "put back over 7", "apply"],
    ],
  ])("is refused when %s", async (_when, answers, requests) => {
    const { client, asked } = answering(...answers);
    await expect(apply(client, edited)).rejects.toBe(invalid);
    expect(asked).toEqual(requests);
  });

  it("is looked at anew when it changes meanwhile", async () => {
    const { client } = answering(invalid, edited, new ApiError(409, {}));
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
