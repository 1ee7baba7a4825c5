import { setTimeout as sleep } from "node:timers/promises";
import type { KeptGroup } from "./keptGroup.ts";
import type { Random } from "./random.ts";
import type { TestNode } from "./threeNodes.ts";

/** What goes wrong with a group of three whose nodes are in sync, until it is over: then all three run and reach each other. */
export type NodeFault = (group: KeptGroup, random: Random) => Promise<void>;

/** Waits for a part of a second or some, by chance. */
const aWhile = (random: Random, from: number, to: number) => sleep(random.between(from, to));

/** Kills a node, which starts again after so long (ms). */
export const killFor = async (node: TestNode, ms: number) => {
  await node.kill();
  await sleep(ms);
  await node.start();
};

const haltFor = async (node: TestNode, ms: number) => {
  await node.halt();
  await sleep(ms);
  await node.goOn();
};

const wipe = async (node: TestNode) => {
  await node.kill();
  await node.wipe();
  await node.start();
};

/** Cuts a node off from the other nodes, and from all that are not on it. */
const cutOff = ({ three }: KeptGroup, node: TestNode) => {
  for (const each of three.nodes) {
    each.way.cut((from) => (each === node ? from !== node.from : from === node.from));
  }
};
const mend = ({ three }: KeptGroup) => {
  for (const each of three.nodes) each.way.mend();
};

/** All there are, by name. */
export const nodeFaults: Readonly<Record<string, NodeFault>> = {
  "primary killed": (group, random) => killFor(group.primary(), random.between(500, 3_000)),
  "replica killed": (group, random) => killFor(random.pick(group.replicas()), random.between(300, 2_000)),
  "primary silent": (group, random) => haltFor(group.primary(), random.between(1_800, 4_000)),
  "stopped for a moment": (group, random) =>
    haltFor(random.pick(group.three.nodes), random.between(200, 1_500)),
  "primary quickly restarted": (group) => killFor(group.primary(), 0),
  "primary's disk wiped": (group) => wipe(group.primary()),
  "replica's disk wiped": (group, random) => wipe(random.pick(group.replicas())),
  "one lags, then the primary dies and the other stalls": async (group, random) => {
    const primary = group.primary();
    const [lagging, other] = group.replicas();
    if (lagging === undefined || other === undefined) throw new Error("there are three");
    await haltFor(lagging, 700);
    await Promise.all([other.halt(), primary.kill()]);
    await aWhile(random, 1_500, 3_000);
    await other.goOn();
    await primary.start();
  },
  "two of three killed": async (group, random) => {
    const killed = [group.primary(), random.pick(group.replicas())];
    await Promise.all(killed.map((node) => node.kill()));
    for (const node of random.next() < 0.5 ? killed : killed.reverse()) {
      await aWhile(random, 200, 2_000);
      await node.start();
    }
  },
  "all three killed": async ({ three }, random) => {
    await Promise.all(three.nodes.map((node) => node.kill()));
    await aWhile(random, 0, 500);
    for (const node of three.nodes) {
      await node.start();
      await aWhile(random, 0, 500);
    }
  },
  "keepers cut off while the primary dies": async (group, random) => {
    const cut = random.next() < 0.5 ? group.keepers.all : group.keepers.all.slice(0, 1);
    for (const keeper of cut) keeper.cutOff(true);
    await killFor(group.primary(), random.between(300, 2_500));
    for (const keeper of cut) keeper.cutOff(false);
  },
  "primary's node cut off, with a counter on it": async (group, random) => {
    const primary = group.primary();
    const counter = group.count(primary.from);
    await counter.untilTold(1);
    cutOff(group, primary);
    await aWhile(random, 2_000, 4_000);
    mend(group);
    await counter.stop();
  },
  "replica's node cut off": async (group, random) => {
    cutOff(group, random.pick(group.replicas()));
    await aWhile(random, 1_000, 3_000);
    mend(group);
  },
  "primary's address given to another": async (group, random) => {
    const primary = group.primary();
    const other = random.pick(group.replicas());
    await primary.kill();
    primary.way.lead(other.from);
    await primary.way.open();
    await aWhile(random, 1_000, 3_000);
    await primary.way.close();
    primary.way.lead(primary.from);
    await primary.start();
  },
  "handed over": async (group, random) => {
    group.keepers.leave(group.primary().name);
    await aWhile(random, 500, 1_500);
    group.keepers.leave(undefined);
  },
};
