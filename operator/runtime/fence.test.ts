import { describe, expect, it } from "@jest/globals";
import type { Answer } from "./exchange.ts";
import { Fence, FencedError, fenced } from "./fence.ts";
import { createKubeClient, type KubeClient } from "./kubeClient.ts";
import { manualClock } from "./testing/manualClock.ts";
import { thing, things } from "./testing/things.ts";
import type { Transport, TransportRequest } from "./transport.ts";

const key = { namespace: "demo", name: "a" };
const options = { fieldManager: "test" };
const answered = async (): Promise<Answer> => ({ status: 200, headers: {}, body: '{"items":[]}' });

/** A client over a transport that notes what it is asked, and answers when it is told to. */
function setUp(answer = answered) {
  const clock = manualClock();
  const fence = new Fence(clock);
  const sent: [string, TransportRequest | undefined][] = [];
  const request: Transport["request"] = (method, _path, request) => {
    sent.push([method, request]);
    return answer();
  };
  const fake = { request } as Transport;
  return { clock, fence, sent, client: createKubeClient(fenced(fake, fence)) };
}

const writes: [string, string, (client: KubeClient) => Promise<unknown>][] = [
  ["apply", "PATCH", (client) => client.apply(things, thing("a"), options)],
  ["patch", "PATCH", (client) => client.patch(things, key, [{ op: "remove", path: "/x" }], options)],
  ["patchStatus", "PATCH", (client) => client.patchStatus(things, key, {}, options)],
  ["create", "POST", (client) => client.create(things, thing("a"))],
  ["replace", "PUT", (client) => client.replace(things, thing("a"))],
  ["delete", "DELETE", (client) => client.delete(things, key)],
  ["raw", "PUT", (client) => client.raw("PUT", "/x", { query: { more: "x" }, body: "{}" })],
];

describe("a fenced client", () => {
  it.each(writes)(
    "sends %s while the fence is open, to be checked again at the last moment",
    async (_name, method, write) => {
      const { clock, fence, sent, client } = setUp();
      fence.openUntil(1000);
      clock.advance(999);
      await write(client);
      const query = expect.objectContaining({ timeout: "5s" });
      const checked = { beforeSend: fence.check, query, body: expect.stringMatching("{") };
      expect(sent).toEqual([[method, expect.objectContaining(checked)]]);
      expect(fence.check).not.toThrow();
      clock.advance(1);
      expect(fence.check).toThrow(FencedError);
    },
  );

  it.each(writes)("sends no %s once the time is over, timers or not", async (_name, _method, write) => {
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
    expect(sent.map(([method]) => method)).toEqual(["GET", "GET", "GET"]);
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
    const answer = Promise.withResolvers<Answer>();
    const { fence, client } = setUp(() => answer.promise);
    fence.openUntil(1000);
    const writing = client.create(things, thing("a"));
    fence.close();
    const state = watch(fence.settle());
    await turn();
    expect(state.settled).toBe(false);
    answer.resolve(await answered());
    await writing;
    await turn();
    expect(state.settled).toBe(true);
  });

  it("settles at once after a refusal, but not before the server has given up what got no answer", async () => {
    const answers = [{ ...(await answered()), status: 409 }];
    const { clock, fence, client } = setUp(async () => {
      const answer = answers.shift();
      if (answer === undefined) throw new Error("reset");
      return answer;
    });
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
