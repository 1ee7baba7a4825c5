import { describe, expect, it } from "@jest/globals";
import { type ManualClock, manualClock } from "../runtime/testing/manualClock.ts";
import { type GroupKeeper, keepGroup } from "./keeper.ts";
import { createPace } from "./pace.ts";
import { type FakeNodes, fakeNodes } from "./testing/fakeNodes.ts";
import { type GroupState, NOWHERE } from "./types.ts";

const start = (fake: FakeNodes = fakeNodes(false), where: Record<string, string> = {}) => {
  const clock = manualClock();
  const states: GroupState[] = [];
  const resolved: string[] = [];
  const keeper: GroupKeeper = keepGroup(fake.group, {
    keeper: 3,
    turn: () => 0,
    clock,
    pace: createPace(clock),
    random: () => 0.5,
    timeOfDay: () => 1_000_000 + clock.now(),
    connect: ({ name }, address, onChange) => {
      fake.onChange(name, onChange);
      return fake.linkTo(address);
    },
    resolve: async ({ name }) => {
      resolved.push(name);
      return where[name];
    },
    onState: (state) => states.push(state),
  });
  return { fake, clock, states, keeper, resolved };
};
/** Lets so much time pass (ms), and whatever is promised come about meanwhile. */
const pass = async (clock: ManualClock, ms: number) => {
  for (let left = ms; left > 0; left -= 20) {
    clock.advance(Math.min(20, left));
    await new Promise(setImmediate);
  }
};
const saidOf = ({ said }: FakeNodes, what: string) => said.filter((each) => each.startsWith(what));
const acts = ({ said }: FakeNodes) => said.filter((each) => !each.startsWith("look"));
const node = ({ nodes }: FakeNodes, name: string) => {
  const found = nodes[name];
  if (found === undefined) throw new Error(`${name} is no node`);
  return found;
};

/** A group whose primary is a, in sync. */
const inSync = async (where?: Record<string, string>) => {
  const started = start(fakeNodes(false), where);
  await pass(started.clock, 5_000);
  expect(started.keeper.state()).toMatchObject({ primary: "a", inSync: 3, condition: "InSync" });
  started.keeper.update({ ...started.fake.group, initialised: true });
  started.fake.said.length = 0;
  return started;
};

describe("a keeper", () => {
  it("has three empty nodes begin, and tells each time that the group is another", async () => {
    const { fake, clock, states } = start();
    await pass(clock, 5_000);
    expect(acts(fake)).toEqual([
      ...["fence a", "fence b", "fence c", "promote a", "admit b", "admit c", "confirmInSync a"],
    ]);
    expect(states.map(({ condition }) => condition)).toEqual(["NotInitialised", "Degraded", "InSync"]);
    expect(states.at(-1)?.lastChange).toMatchObject({ from: undefined, to: "a", reason: "Bootstrap" });
  });

  it("looks at the primary twice a second, and at those in sync every 5 s", async () => {
    const { fake, clock } = await inSync();
    await pass(clock, 20_000);
    expect(saidOf(fake, "look a").length).toBeGreaterThanOrEqual(38);
    expect(saidOf(fake, "look a").length).toBeLessThanOrEqual(41);
    for (const name of ["b", "c"]) expect(saidOf(fake, `look ${name}`)).toHaveLength(4);
    expect(acts(fake)).toEqual([]);
  });

  it("makes another primary 1.5 s after the last one is lost, and has it followed", async () => {
    const { fake, clock, states } = await inSync();
    await pass(clock, 10_000);
    node(fake, "a").pos = 7;
    node(fake, "a").isAway = true;
    fake.changed("a");
    await pass(clock, 1_480);
    expect(acts(fake)).toEqual([]);
    await pass(clock, 520);
    expect(acts(fake)).toEqual(["fence a", "fence b", "fence c", "promote b", "follow c"]);
    expect(states.at(-1)).toMatchObject({
      primary: "b",
      inSync: 2,
      condition: "Degraded",
      lastChange: { from: "a", to: "b", reason: "PrimarySilent" },
    });
    expect(states.at(-1)?.lastChange?.seconds).toBeGreaterThan(1.4);
    expect(states.at(-1)?.lastChange?.seconds).toBeLessThan(2.6);

    fake.said.length = 0;
    node(fake, "a").isAway = false;
    node(fake, "a").primary = NOWHERE;
    await pass(clock, 2_000);
    expect(acts(fake)).toEqual(["follow a", "confirmInSync b"]);
    expect(states.at(-1)).toMatchObject({ primary: "b", inSync: 3, condition: "InSync" });
  });

  it("hands over from a primary that is leaving, which first leads no more", async () => {
    const { fake, clock, keeper } = await inSync();
    keeper.update({ ...fake.group, initialised: true, leaving: "a" });
    await pass(clock, 1_500);
    const said = acts(fake);
    expect(said[0]).toBe("leadNoMore a");
    // It is looked whether they have caught up.
    const between = fake.said.slice(fake.said.indexOf("leadNoMore a"), fake.said.indexOf("fence a"));
    expect(between).toEqual(expect.arrayContaining(["look b", "look c"]));
    expect(said.slice(1, 5).sort()).toEqual(["fence a", "fence b", "fence c", "promote b"]);
    expect(keeper.state()).toMatchObject({
      primary: "b",
      inSync: 3,
      lastChange: { from: "a", to: "b", reason: "HandOver" },
    });
  });

  it("makes no other primary while it has not seen yet what became of the one it made", async () => {
    const { fake, clock, keeper } = await inSync();
    node(fake, "a").isAway = true;
    fake.changed("a");
    const seen = Promise.withResolvers<void>();
    fake.beforeLook = async (name) => {
      if (name === "b" && fake.said.includes("promote b")) await seen.promise;
    };
    await pass(clock, 4_000);
    expect(saidOf(fake, "promote")).toEqual(["promote b"]);
    seen.resolve();
    await pass(clock, 1_000);
    expect(saidOf(fake, "promote")).toEqual(["promote b"]);
    expect(keeper.state()).toMatchObject({ primary: "b" });
  });

  it("waits longer after each attempt that comes to nothing", async () => {
    const { fake, clock } = await inSync();
    node(fake, "a").isAway = true;
    fake.changed("a");
    // They promise every ballot, and lead in none.
    fake.refusesToLead = true;
    await pass(clock, 20_000);
    const attempts = saidOf(fake, "fence b").length;
    expect(attempts).toBeGreaterThan(3);
    expect(attempts).toBeLessThan(9);
  });

  it("looks up where a node is that does not answer, now and then, and finds it there", async () => {
    const { fake, clock, keeper, resolved } = await inSync({ c: "c2:6379" });
    node(fake, "c").isAway = true;
    fake.nodes.c2 = { ...node(fake, "c"), isAway: false, primary: NOWHERE };
    fake.changed("c");
    await pass(clock, 10_000);
    expect(resolved).toEqual(["c"]);
    expect(saidOf(fake, "look c2").length).toBeGreaterThan(1);
    expect(keeper.state()).toMatchObject({ inSync: 3 });
    expect(fake.connections()).toBe(3);
  });

  it("needs no look-up where none is answered", async () => {
    const { fake, clock, keeper, resolved } = await inSync({});
    node(fake, "a").isAway = true;
    fake.changed("a");
    await pass(clock, 8_000);
    expect(resolved.length).toBeGreaterThanOrEqual(3);
    expect(resolved.length).toBeLessThanOrEqual(5);
    expect(keeper.state()).toMatchObject({ primary: "b" });
  });

  it("takes a node of another pod for one that it has not seen", async () => {
    const { fake, clock, keeper } = await inSync();
    const nodes = fake.group.nodes.map((each) => (each.name === "c" ? { ...each, id: "c 2" } : each));
    keeper.update({ ...fake.group, initialised: true, nodes });
    expect(keeper.state()).toMatchObject({ inSync: 2 });
    await pass(clock, 1_000);
    expect(keeper.state()).toMatchObject({ inSync: 3 });
    expect(fake.connections()).toBe(3);
  });

  it("does nothing any more once it is closed, in the middle of a change too", async () => {
    const { fake, clock, keeper, states } = await inSync();
    node(fake, "a").isAway = true;
    fake.changed("a");
    await pass(clock, 1_400);
    keeper.close();
    fake.said.length = 0;
    const told = states.length;
    await pass(clock, 10_000);
    expect(fake.said).toEqual([]);
    expect(fake.connections()).toBe(0);
    expect(states).toHaveLength(told);
    expect(clock.waiting).toBe(0);
  });
});
