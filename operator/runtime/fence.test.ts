import { describe, expect, it } from "@jest/globals";
import { ApiError } from "./apiError.ts";
import { Fence, FencedError, fenced } from "./fence.ts";
import type { KubeClient, RequestOptions } from "./kubeClient.ts";
import { manualClock } from "./testing/manualClock.ts";
import { thing, things } from "./testing/things.ts";

const key = { namespace: "demo", name: "a" };
const options = { fieldManager: "test" };

/** A client that notes what it is asked, and answers when it is told to. */
function setUp(answer: () => Promise<unknown> = async () => ({})) {
  const clock = manualClock();
  const fence = new Fence({ clock, writeMs: 5000 });
  const sent: [string, RequestOptions | undefined][] = [];
  const note =
    (name: string, place: number) =>
    (...args: unknown[]) => {
      sent.push([name, args[place] as RequestOptions | undefined]);
      return answer();
    };
  const fake = {
    get: note("get", 2),
    list: note("list", 1),
    watch: note("watch", 1),
    apply: note("apply", 2),
    patchStatus: note("patchStatus", 3),
    create: note("create", 2),
    replace: note("replace", 2),
    delete: note("delete", 2),
    raw: note("raw", 2),
    close: note("close", 0),
  };
  return { clock, fence, sent, client: fenced(fake as unknown as KubeClient, fence) };
}

const writes: [string, (client: KubeClient) => Promise<unknown>][] = [
  ["apply", (client) => client.apply(things, thing("a"), options)],
  ["patchStatus", (client) => client.patchStatus(things, key, {}, options)],
  ["create", (client) => client.create(things, thing("a"))],
  ["replace", (client) => client.replace(things, thing("a"))],
  ["delete", (client) => client.delete(things, key)],
  ["raw", (client) => client.raw("POST", "/x")],
];

describe("a fenced client", () => {
  it.each(writes)(
    "sends %s while the fence is open, to be checked again at the last moment",
    async (name, write) => {
      const { clock, fence, sent, client } = setUp();
      fence.openUntil(1000);
      clock.advance(999);
      await write(client);
      expect(sent).toEqual([[name, expect.objectContaining({ beforeSend: fence.check, timeoutSeconds: 5 })]]);
      expect(fence.check).not.toThrow();
      clock.advance(1);
      expect(fence.check).toThrow(FencedError);
    },
  );

  it.each(writes)("sends no %s once the time is over, timers or not", async (_name, write) => {
    const { clock, fence, sent, client } = setUp();
    fence.openUntil(1000);
    clock.advance(1000);
    await expect(write(client)).rejects.toThrow(FencedError);
    expect(sent).toEqual([]);
  });

  it("reads whether the fence is open or not", async () => {
    const { sent, client } = setUp();
    await client.get(things, key);
    await client.list(things, {});
    await client.raw("GET", "/x");
    expect(sent.map(([name]) => name)).toEqual(["get", "list", "raw"]);
  });
});

describe("a closed fence", () => {
  /** Whether it has settled, as far as can be told without waiting. */
  const watch = (settling: Promise<void>) => {
    const state = { settled: false };
    void settling.then(() => {
      state.settled = true;
    });
    return state;
  };
  const turn = () => new Promise(setImmediate);

  it("settles when what it let through is answered", async () => {
    const answer = Promise.withResolvers<object>();
    const { fence, client } = setUp(() => answer.promise);
    fence.openUntil(1000);
    const writing = client.create(things, thing("a"));
    fence.close();
    const state = watch(fence.settle());
    await turn();
    expect(state.settled).toBe(false);
    answer.resolve({});
    await writing;
    await turn();
    expect(state.settled).toBe(true);
  });

  it("settles at once after a refusal, but not before the server has given up what got no answer", async () => {
    const errors = [new ApiError(409, {}), new Error("reset")];
    const { clock, fence, client } = setUp(() => Promise.reject(errors.shift()));
    fence.openUntil(1000);
    await expect(client.create(things, thing("a"))).rejects.toThrow("409");
    await fence.settle();
    await expect(client.create(things, thing("a"))).rejects.toThrow("reset");
    const state = watch(fence.settle());
    clock.advance(4999);
    await turn();
    expect(state.settled).toBe(false);
    clock.advance(1);
    await turn();
    expect(state.settled).toBe(true);
  });
});
