import { afterEach, describe, expect, it } from "@jest/globals";
import { type Counter, startCounterOnPort } from "../../support/counters.ts";
import { countsIn } from "../../support/countsIn.ts";
import { tell } from "../../support/findings.ts";
import { getOnce } from "../../support/get.ts";
import { redisEngines } from "../../support/redisServer.ts";
import { startTcpRelay } from "../../support/tcpRelay.ts";
import { PODS, type Pod, startThreeCopies, type ThreeCopies } from "../../support/threeCopies.ts";
import { until } from "../../support/until.ts";
import { answersIn, failuresInWords, judge, startVisitors, visitedPages } from "../../support/visitors.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const startCounter = async (copies: ThreeCopies, env: Record<string, string> = {}) => {
  const counter = await startCounterOnPort({ ...copies.env, ...visitedPages, ...env });
  cleanups.push(() => counter.end("SIGKILL"));
  return counter;
};
const urlOf = ({ port }: Counter, path = "") => `http://127.0.0.1:${port}/${path}`;
const numberIn = (body: string) => Number(/\d+/.exec(body)?.[0]);
const hit = async (counter: Counter) => numberIn((await getOnce(urlOf(counter))).body);
const countIn = async ({ servers }: ThreeCopies, pod: Pod) => await countsIn(servers[pod]);
const metric = async (counter: Counter, name: string) => {
  const line = (await getOnce(urlOf(counter, "metrics"))).body
    .split("\n")
    .find((each) => each.startsWith(`${name} `));
  return Number(line?.split(" ").at(-1));
};

describe.each(redisEngines)("a counter of three copies of %s", (engine) => {
  const startCopies = async () => {
    const copies = await startThreeCopies(engine);
    cleanups.push(copies.remove);
    return copies;
  };

  it("has each hit on two disks when it answers, and counts on with one follower", async () => {
    const copies = await startCopies();
    const counter = await startCounter(copies);
    for (let number = 1; number <= 5; number++) {
      expect(await hit(counter)).toBe(number);
      const counts = await Promise.all(PODS.map(async (pod) => (await countIn(copies, pod)).hits));
      expect(counts.filter((count) => count >= number).length).toBeGreaterThanOrEqual(2);
    }
    await copies.servers["redis-1"].kill("SIGKILL");
    expect(await hit(counter)).toBe(6);
    expect((await countIn(copies, "redis-2")).hits).toBe(6);
    expect(await copies.clients["redis-0"].get("confirmed")).toBe("5");
    expect((await getOnce(urlOf(counter, "hits"))).body).toBe('{"hits":6}');
    expect(await copies.clients["redis-2"].get("confirmed")).toBe("6");
  });

  it("tells no number while it has no follower, and counts what waits or gave up one time when it has one again", async () => {
    const copies = await startCopies();
    const counter = await startCounter(copies, { REDIS_PATIENCE_SECONDS: "3" });
    expect(await hit(counter)).toBe(1);
    const followers = [copies.servers["redis-1"], copies.servers["redis-2"]];
    for (const follower of followers) await follower.pause();
    const answers = await Promise.all(
      ["", "hits", "?count=false"].map((path) => getOnce(urlOf(counter, path))),
    );
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
    // It is in the primary by then, however often it was sent there.
    expect((await countIn(copies, "redis-0")).hits).toBe(2);
    expect(await metric(counter, "hitcounter_unsure_batches_total")).toBeGreaterThan(1);
    const waiting = hit(counter);
    await counter.untilWaiting();
    for (const follower of followers) await follower.resume();
    expect(await waiting).toBe(3);
    expect(await hit(counter)).toBe(4);
    await copies.untilFollowed("redis-0", 2);
    for (const pod of PODS) expect((await countIn(copies, pod)).hits).toBe(4);
  });

  it("loses nothing and counts nothing twice while the primary is another one every moment", async () => {
    const copies = await startCopies();
    const counters = [await startCounter(copies), await startCounter(copies)];
    let turn = 0;
    const service = await startTcpRelay(() => counters[turn++ % counters.length]?.port);
    cleanups.push(service.close);
    const visitors = startVisitors(`http://127.0.0.1:${service.port}/`, 100, { toPages: true });
    await visitors.untilAnswered(50);
    const changes: [kind: string, pod: Pod][] = [
      ["fenced", "redis-1"],
      ["fenced", "redis-2"],
      ["killed", "redis-0"],
      ["silent", "redis-1"],
      ["fenced", "redis-2"],
    ];
    let [primary, term] = ["redis-0" as Pod, 8];
    const gaps: string[] = [];
    for (const [kind, next] of changes) {
      const old = copies.servers[primary];
      term += 8;
      const rest = kind === "fenced" ? PODS : PODS.filter((pod) => pod !== primary);
      await copies.untilFollowed(primary, 2);
      const since = performance.now();
      if (kind === "killed") await old.kill("SIGKILL");
      if (kind === "silent") await old.pause();
      await copies.fence(term, rest);
      await copies.promote(next, term, rest);
      await visitors.untilAnswered(1);
      gaps.push(`${kind} ${(performance.now() - since).toFixed(0)} ms`);
      await visitors.untilAnswered(50);
      if (kind === "killed") await old.start();
      if (kind === "silent") await old.resume();
      if (kind !== "fenced") {
        // What it is told while it thinks itself the primary, it may refuse: until it has been told.
        const { port } = copies.servers[next];
        await until("the old one follows", () => copies.clients[primary].replicaof("127.0.0.1", port), {
          everyMs: 50,
        });
      }
      primary = next;
      await visitors.untilAnswered(50);
    }
    const visits = await visitors.stop();
    await copies.untilFollowed(primary, 2);
    const { hits, pages, unattributed } = await countIn(copies, primary);
    tell(
      "three copies",
      `${engine}: ${answersIn(visits)} hits acknowledged over ${changes.length} changes of the primary, failed: ` +
        `${failuresInWords(visits)}, slowest ${visits.slowestMs.toFixed(0)} ms; ${gaps.join(", ")}`,
    );
    expect({ ...judge(visits, hits, pages), unattributed }).toEqual({
      lost: 0,
      twice: 0,
      failed: 0,
      unacknowledged: 0,
      unattributed: { hour: 0, day: 0 },
    });
    for (const pod of PODS) expect((await countIn(copies, pod)).hits).toBe(hits);
  });

  it("is not misled by an old primary that nobody has told of its end", async () => {
    const copies = await startCopies();
    const rest: Pod[] = ["redis-1", "redis-2"];
    await copies.fence(16, rest);
    // Over there is a counter that has seen nothing yet, and reaches the old one alone.
    const REDIS_HOSTS = `redis-0=127.0.0.1:${copies.servers["redis-0"].port},redis-1=127.0.0.1:1,redis-2=127.0.0.1:1`;
    const misled = await startCounter(copies, { REDIS_HOSTS, REDIS_PATIENCE_SECONDS: "2" });
    await copies.promote("redis-1", 16, rest);
    await copies.untilFollowed("redis-1", 1);
    const counter = await startCounter(copies);
    expect(await hit(counter)).toBe(1);
    const told = await Promise.all(["", "hits"].map((path) => getOnce(urlOf(misled, path))));
    expect(told.map(({ status }) => status)).toEqual([503, 503]);
    expect(await hit(counter)).toBe(2);
  });
});
