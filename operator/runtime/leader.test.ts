import { describe, expect, it } from "@jest/globals";
import { Registry } from "prom-client";
import { Fence } from "./fence.ts";
import { LeaderElector } from "./leader.ts";
import { createMetrics } from "./metrics.ts";
import { type FakeLeases, fakeLeases } from "./testing/fakeLeases.ts";
import { manualClock } from "./testing/manualClock.ts";
import { memoryLog } from "./testing/things.ts";

const key = { namespace: "system", name: "operator" };
const turn = () => new Promise(setImmediate);
const hang = (signal: AbortSignal | undefined) =>
  new Promise<void>((_resolve, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason));
  });

/** An elector on a clock of its own, begun. */
async function begin(identity: string, server: FakeLeases, clock = manualClock()) {
  const registry = new Registry();
  const { log, lines } = memoryLog();
  const fence = new Fence(clock);
  const elector = new LeaderElector({
    client: server.client,
    lease: key,
    identity,
    fence,
    log,
    metrics: createMetrics(registry),
    clock,
    random: () => 0,
    now: () => new Date(Date.UTC(2026, 0, 1) + clock.now()),
  });
  const state = { elected: false };
  void elector.elected.then(() => {
    state.elected = true;
  });
  elector.start();
  await turn();
  const pass = async (seconds: number) => {
    for (let tenth = 0; tenth < seconds * 10; tenth += 1) {
      clock.advance(100);
      await turn();
    }
  };
  return { elector, fence, clock, state, pass, registry, lines };
}

const holder = (server: FakeLeases) => server.lease?.spec?.holderIdentity;
const heldByOther = () => ({
  metadata: key,
  spec: { holderIdentity: "other", leaseDurationSeconds: 15, renewTime: "1999-01-01T00:00:00.000000Z" },
});

describe("an elector", () => {
  it("makes the Lease where there is none, and leads", async () => {
    const server = fakeLeases();
    const { state, fence, registry, clock, elector } = await begin("me", server);
    expect(state.elected).toBe(true);
    expect(server.lease).toMatchObject({
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: key,
      spec: { holderIdentity: "me", leaseDurationSeconds: 15, leaseTransitions: 0 },
    });
    expect(await registry.metrics()).toContain('leader_election_master_status{name="operator"} 1');
    clock.advance(9_999);
    expect(fence.isOpen).toBe(true);
    clock.advance(1);
    expect(fence.isOpen).toBe(false);
    await elector.stop();
  });

  it("renews with one request every two seconds", async () => {
    const server = fakeLeases();
    const { fence, pass } = await begin("me", server);
    await pass(60);
    expect(fence.isOpen).toBe(true);
    expect(server.verbs.slice(0, 2)).toEqual(["get", "create"]);
    expect(server.verbs.slice(2)).toEqual(Array(30).fill("replace"));
    expect(server.lease?.spec).toMatchObject({
      acquireTime: "2026-01-01T00:00:00.000000Z",
      renewTime: "2026-01-01T00:01:00.000000Z",
    });
  });

  it("takes another's Lease after it has itself seen it unchanged for as long as it lasts", async () => {
    const server = fakeLeases(heldByOther());
    const { state, pass, fence } = await begin("me", server);
    await pass(14.9);
    expect([state.elected, fence.isOpen]).toEqual([false, false]);
    await pass(0.1);
    expect(state.elected).toBe(true);
    expect(server.lease?.spec).toMatchObject({ holderIdentity: "me", leaseTransitions: 1 });
  });

  it("waits anew whenever the other renews", async () => {
    const server = fakeLeases(heldByOther());
    const { state, pass } = await begin("me", server);
    await pass(10);
    server.lease = { ...heldByOther(), metadata: { ...key, resourceVersion: "77" } };
    await pass(15);
    expect(state.elected).toBe(false);
    await pass(2);
    expect(state.elected).toBe(true);
  });

  it("takes a Lease that was given back at its next look", async () => {
    const server = fakeLeases();
    const first = await begin("first", server);
    const second = await begin("second", server);
    await first.elector.stop();
    expect(first.fence.isOpen).toBe(false);
    expect(server.lease?.spec).toMatchObject({ holderIdentity: "", leaseDurationSeconds: 1 });
    expect(await first.registry.metrics()).toContain('leader_election_master_status{name="operator"} 0');
    await second.pass(2);
    expect(second.state.elected).toBe(true);
    expect(first.elector.lost.aborted).toBe(false);
  });

  it("lets one of those that try at the same moment win", async () => {
    const server = fakeLeases();
    const clock = manualClock();
    const all = await Promise.all(["a", "b", "c"].map((identity) => begin(identity, server, clock)));
    await all[0]?.pass(5);
    expect(all.filter(({ state }) => state.elected)).toHaveLength(1);
    expect(all.filter(({ fence }) => fence.isOpen)).toHaveLength(1);
  });

  it("loses the Lease, and the right to write, when it cannot renew in time", async () => {
    const server = fakeLeases();
    const { elector, fence, pass, lines, registry } = await begin("me", server);
    await pass(4);
    server.before = (_verb, signal) => hang(signal);
    await pass(9.9);
    expect([fence.isOpen, elector.lost.aborted]).toEqual([true, false]);
    await pass(0.1);
    expect([fence.isOpen, elector.lost.aborted]).toEqual([false, true]);
    expect(lines.at(-1)).toMatchObject({ level: "error", msg: "lost the Lease" });
    expect(await registry.metrics()).toContain('leader_election_master_status{name="operator"} 0');
    const asked = server.verbs.length;
    await elector.stop();
    await pass(60);
    expect(server.verbs).toHaveLength(asked);
  });

  it("keeps the Lease through failures that end in time", async () => {
    const server = fakeLeases();
    const { elector, fence, pass } = await begin("me", server);
    server.before = async () => {
      throw new Error("connection refused");
    };
    await pass(7);
    server.before = async () => {};
    await pass(10);
    expect([fence.isOpen, elector.lost.aborted]).toEqual([true, false]);
  });

  it("counts from when a renewal was sent, not from its answer", async () => {
    const server = fakeLeases();
    const { fence, clock } = await begin("me", server);
    const answer = Promise.withResolvers<void>();
    server.before = () => answer.promise;
    clock.advance(2000);
    await turn();
    clock.advance(4000);
    answer.resolve();
    await turn();
    clock.advance(5999);
    expect(fence.isOpen).toBe(true);
    clock.advance(1);
    expect(fence.isOpen).toBe(false);
  });

  it("that stood still longer than it may lead asks nothing more", async () => {
    const server = fakeLeases();
    const { elector, fence, clock } = await begin("me", server);
    const asked = server.verbs.length;
    // The clock went on, but no timer ran.
    const now = clock.now();
    clock.now = () => now + 20_000;
    expect(fence.isOpen).toBe(false);
    clock.advance(2000);
    await turn();
    expect(elector.lost.aborted).toBe(true);
    expect(server.verbs).toHaveLength(asked);
  });

  it("loses the Lease to one that has it all the same", async () => {
    const server = fakeLeases();
    const { elector, fence, pass } = await begin("me", server);
    server.lease = { ...heldByOther(), metadata: { ...key, resourceVersion: "77" } };
    await pass(4);
    expect([fence.isOpen, elector.lost.aborted]).toEqual([false, true]);
    await elector.stop();
    expect(holder(server)).toBe("other");
  });

  it("makes a Lease anew that was deleted", async () => {
    const server = fakeLeases();
    const { elector, fence, pass } = await begin("me", server);
    server.lease = undefined;
    await pass(4);
    expect([fence.isOpen, elector.lost.aborted]).toEqual([true, false]);
    expect(holder(server)).toBe("me");
  });

  it("ends without a word when it is stopped before it leads", async () => {
    const server = fakeLeases(heldByOther());
    const { elector, state, pass } = await begin("me", server);
    await elector.stop();
    const asked = server.verbs.length;
    await pass(60);
    expect(state.elected).toBe(false);
    expect(server.verbs).toHaveLength(asked);
  });
});
