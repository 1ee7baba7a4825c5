import { describe, expect, it } from "@jest/globals";
import { executed, namesOf, saidTo, watched } from "../testing/saidTo.ts";
import type { Connection } from "./connection.ts";
import { fence } from "./fence.ts";
import { admit, follow } from "./follow.ts";
import { confirmInSync, leadNoMore } from "./lead.ts";
import { look } from "./look.ts";
import { promote } from "./promote.ts";

const term = { number: 17, holder: "web-redis-0" };
const claim = { term: { number: 9, holder: "web-redis-1" }, pos: 5 };
const primary = "10.0.0.1:6379";
const calm = "aof_rewrite_in_progress:0\r\naof_rewrite_scheduled:0\r\n";
const fenced = (info: string) => executed("OK", ["9 web-redis-1", "5", 4], "OK", info, 3);
const lost = ["OK", null];

describe("a fence", () => {
  it("is set, and detaches, tells how far the node is, and drops the clients, all as one", async () => {
    const { connection, steps } = saidTo(watched("9", "9 web-redis-1"), fenced(calm));
    expect(await fence(connection, 17)).toEqual({
      kind: "fenced",
      term: { number: 9, holder: "web-redis-1" },
      pos: 5,
      fence: 17,
      hasData: true,
    });
    expect(namesOf(steps)).toEqual(["watch mget", "multi replicaof eval replicaof info client exec"]);
    expect(steps[1]?.[1]).toEqual(["replicaof", "NO", "ONE"]);
    expect(steps[1]?.[3]).toEqual(["replicaof", "127.0.0.1", 1]);
  });

  it.each(["17", "18"])("is not set where %s is promised", async (promised) => {
    const { connection, steps } = saidTo(watched(promised, null), ["OK"]);
    expect(await fence(connection, 17)).toEqual({ kind: "outbid", fence: Number(promised) });
    expect(namesOf(steps)).toEqual(["watch mget", "unwatch"]);
  });

  it("is not set where something changed meanwhile, and tells what is promised now", async () => {
    const { connection } = saidTo(watched("9", null), lost, watched("25", null), ["OK"]);
    expect(await fence(connection, 17)).toEqual({ kind: "outbid", fence: 25 });
  });

  it("of a node whose file is being rewritten is no answer", async () => {
    const { connection } = saidTo(watched("9", null), fenced(calm.replace("progress:0", "progress:1")));
    expect(await fence(connection, 17)).toEqual({ kind: "rewriting" });
  });

  it("whose write is refused within the transaction is no answer", async () => {
    const { connection } = saidTo(watched("9", null), executed("OK", new Error("NOPERM no"), "OK", calm, 1));
    expect(await fence(connection, 17)).toEqual({ kind: "refused", why: "NOPERM no" });
  });
});

describe("a promotion", () => {
  it("leaves the nowhere, and writes term and fence", async () => {
    const { connection, steps } = saidTo(watched("17", "9 web-redis-1", "5"), executed("OK", null));
    expect(await promote(connection, term, claim)).toEqual({ kind: "done" });
    expect(steps[1]?.[1]).toEqual(["replicaof", "NO", "ONE"]);
    expect(steps[1]?.[2]?.slice(3)).toEqual(["17 web-redis-0", 17]);
  });

  it.each(["16", "18", null])("is not done where %p is promised", async (promised) => {
    const { connection } = saidTo(watched(promised, "9 web-redis-1", "5"), ["OK"]);
    expect(await promote(connection, term, claim)).toEqual({ kind: "declined", fence: Number(promised) });
  });

  it.each([
    ["its disk", null, null],
    ["its last writes", "9 web-redis-1", "4"],
    ["its term", "8 web-redis-1", "5"],
  ])("is not done where the node has lost %s since it was elected", async (_what, kept, pos) => {
    const { connection } = saidTo(watched("17", kept, pos), ["OK"]);
    expect(await promote(connection, term, claim)).toEqual({ kind: "declined", fence: 17 });
  });
});

describe("to follow", () => {
  it.each([
    ["a node with a term and an older promise", "9", "9 web-redis-1", "done", "declined"],
    ["a node with a term and this promise", "17", "9 web-redis-1", "done", "done"],
    ["a node with a term that has promised more", "18", "9 web-redis-1", "declined", "declined"],
    ["a node without a term that has promised this", "17", null, "declined", "done"],
    ["a node without a term that has promised nothing", null, null, "declined", "declined"],
  ])("%s", async (_what, promised, kept, followed, admitted) => {
    const once = () => saidTo(watched(promised, kept), executed("OK"));
    const [following, admitting] = [once(), once()];
    expect(await follow(following.connection, term, primary)).toMatchObject({ kind: followed });
    expect(await admit(admitting.connection, term, primary)).toMatchObject({ kind: admitted });
    if (followed === "done") expect(following.steps[1]?.[1]).toEqual(["replicaof", "10.0.0.1", 6379]);
  });
});

describe("a primary", () => {
  it("that leads no more has promised so", async () => {
    const { connection, steps } = saidTo([[1, "25"]]);
    expect(await leadNoMore(connection, term, 25)).toEqual({ kind: "done" });
    expect(steps[0]?.[0]?.slice(3)).toEqual(["17 web-redis-0", 17, 25]);
  });

  it("of another term is left alone", async () => {
    const { connection } = saidTo([[0, "33"]]);
    expect(await leadNoMore(connection, term, 25)).toEqual({ kind: "declined", fence: 33 });
  });

  it.each([
    ["both others have it on disk", [1, "17"], 2, [1, 2], ["17 web-redis-0", "17"], "done"],
    ["it is one of another term", [0, "25"], 2, [1, 2], ["25 web-redis-1", "25"], "declined"],
    ["one has it alone", [1, "17"], 1, [1, 0], ["17 web-redis-0", "17"], "declined"],
    ["one has it but not on disk", [1, "17"], 2, [1, 1], ["17 web-redis-0", "17"], "declined"],
    ["its own disk has not", [1, "17"], 2, [0, 2], ["17 web-redis-0", "17"], "declined"],
    ["it was fenced meanwhile", [1, "17"], 2, [1, 2], ["17 web-redis-0", "25"], "declined"],
  ])("is in sync or not where %s", async (_where, touched, copies, synced, kept, expected) => {
    const { connection } = saidTo([touched, copies, synced, kept]);
    expect(await confirmInSync(connection, term)).toMatchObject({ kind: expected });
  });
});

describe("a look", () => {
  it("teaches the script to a node that was started anew", async () => {
    const told = {
      role: "master",
      connected_slaves: "0",
      term: "17 web-redis-0",
      fence: "17",
      pos: "8",
      keys: "3",
    };
    const calm = { aof_rewrite_in_progress: "0", aof_rewrite_scheduled: "0" };
    const { connection, steps } = saidTo([new Error("NOSCRIPT no")], [JSON.stringify({ ...told, ...calm })]);
    expect(await look(connection)).toEqual({
      kind: "answered",
      term,
      pos: 8,
      fence: 17,
      hasData: true,
      link: undefined,
      followers: [],
      rewriting: false,
    });
    expect(namesOf(steps)).toEqual(["evalsha", "eval"]);
  });

  it("tells one that loads its data from one that refuses", async () => {
    const loading = new Error("LOADING Redis is loading the dataset in memory");
    expect(await look(saidTo([loading]).connection)).toEqual({ kind: "loading" });
    expect(await look(saidTo([new Error("NOAUTH no")]).connection)).toEqual({
      kind: "refused",
      why: "NOAUTH no",
    });
  });
});

describe("an exchange that is cut off", () => {
  const before = watched("17", "9 web-redis-1", "5");
  const all: [string, (connection: Connection) => Promise<{ kind: string }>, number][] = [
    ["fence", (connection) => fence(connection, 25), 2],
    ["promote", (connection) => promote(connection, term, claim), 2],
    ["follow", (connection) => follow(connection, term, primary), 2],
    ["admit", (connection) => admit(connection, term, primary), 2],
    ["leadNoMore", (connection) => leadNoMore(connection, term, 25), 1],
  ];

  it.each(all.filter(([, , steps]) => steps > 1))("before %s was sent did nothing", async (_name, say) => {
    expect(await say(saidTo().connection)).toEqual({ kind: "silent" });
  });

  it.each(all)("before the answer to %s is as told", async (name, say, steps) => {
    const { connection } = saidTo(...(steps > 1 ? [before] : []));
    expect(await say(connection)).toEqual({ kind: name === "fence" ? "silent" : "unsure" });
  });
});
