import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { hitCounters } from "../../../operator/kinds.ts";
import { connect } from "../../../operator/runtime/connect.ts";
import type { KubeClient } from "../../../operator/runtime/kubeClient.ts";
import type { KubeObject } from "../../../operator/runtime/objects.ts";
import {
  type ApiServer,
  launchOperator,
  type RunningOperator,
  serviceAccountKubeconfig,
  startApiServer,
  startOperator,
} from "../../support/apiServer.ts";
import { type AuditEvent, requestsOf, writeEventsOf } from "../../support/audit.ts";
import { tell } from "../../support/findings.ts";
import { manifest } from "../../support/hitCounters.ts";
import { type Lateness, watchLateness } from "../../support/lateness.ts";
import { sizeOf } from "../../support/size.ts";
import { until } from "../../support/until.ts";

const OPERATOR = "hitcounter-operator";
/** What a Lease is good for, and so what a stop must outlast. */
const LEASE_SECONDS = 15;
const WORK_EVERY_MS = 200;
const MANY = 60;
/** The walk of `npm test` is short; a longer one, or the same one again, is asked for by these. */
const steps = sizeOf("LEADER_WALK_STEPS", { test: 6, soak: 100 });
const seed = Number(process.env.LEADER_WALK_SEED ?? Date.now() % 1_000_000);

let api: ApiServer;
let client: KubeClient;
let lateness: Lateness;
let started = 0;
const replicas = new Map<string, RunningOperator>();
/** Which replicas were held, and when they went on (milliseconds since 1970). */
const heldUntil = new Map<string, number>();
const work = new AbortController();
let working: Promise<void> | undefined;

beforeAll(async () => {
  api = await startApiServer();
  client = connect({ kubeconfig: api.kubeconfig, userAgent: "leader-test" });
  await api.kubectl("create", "namespace", "work");
  lateness = await watchLateness();
  working = keepWorking(work.signal);
}, 1_800_000);
afterAll(async () => {
  work.abort();
  await working;
  await Promise.all([...replicas.values()].map((replica) => replica.stop("SIGKILL")));
  await client?.close();
  await lateness?.stop();
  await api?.stop();
});
afterEach(async () => {
  expect(overlaps(await allWrites())).toEqual([]);
});

const apply = async (name: string, spec: object) => {
  const object = { ...manifest(name, spec), metadata: { namespace: "work", name } };
  await client.apply<KubeObject>(hitCounters, object, { fieldManager: "leader-test" });
};

/** Changes one HitCounter again and again, so that whoever leads has something to write. */
async function keepWorking(signal: AbortSignal): Promise<void> {
  for (let round = 1; !signal.aborted; round += 1) {
    await apply("steady", { version: `1.0.${round}` });
    await sleep(WORK_EVERY_MS);
  }
}

/** One more replica, under a name that no other ever had. */
async function startReplica(): Promise<string> {
  started += 1;
  const identity = `replica-${started}`;
  const replica = await startOperator(api.kubeconfig, { IDENTITY: identity });
  replicas.set(identity, replica);
  void replica.ended.then(() => replicas.delete(identity));
  return identity;
}

const theOperator = (identity: string): RunningOperator => {
  const replica = replicas.get(identity);
  if (!replica) throw new Error(`${identity} does not run`);
  return replica;
};
const identityOf = ({ userAgent = "" }: AuditEvent) => userAgent.slice(OPERATOR.length + 1);
const allWrites = async () => {
  const events = await writeEventsOf(api.auditLog, OPERATOR);
  const onTheirWay = [...heldUntil.keys()].map((identity) => sentLate(events, identity)[0]);
  return events.filter((event) => !onTheirWay.includes(event));
};
/**
 * What came of a replica after it had been held. One such write can't be told from one that was sent in time: its
 * process, which sends one after the other, was held between its look at the clock and the system call that follows.
 */
const sentLate = (events: readonly AuditEvent[], identity: string) =>
  events.filter(
    (event) =>
      identityOf(event) === identity &&
      receivedMs(event) >= (heldUntil.get(identity) ?? Number.POSITIVE_INFINITY),
  );
const receivedMs = ({ requestReceivedTimestamp }: AuditEvent) => Date.parse(requestReceivedTimestamp);
const writesBy = async (identity: string) =>
  (await requestsOf(api.auditLog, `${OPERATOR}/${identity}`)).filter(
    ({ verb }) => !/get|list|watch/.test(verb),
  );

const manyBy = async (identity: string) =>
  (await writesBy(identity)).filter(({ objectRef }) => objectRef?.name?.startsWith("many-"));
/** Of how many of them it has written the status, which it does last. */
const toldBy = async (identity: string) => {
  const statuses = (await manyBy(identity)).filter(({ objectRef }) => objectRef?.subresource === "status");
  return new Set(statuses.map(({ objectRef }) => objectRef?.name)).size;
};

/** Who wrote last, and goes on writing. */
const leader = () =>
  until("somebody writes", async () => {
    const last = (await allWrites()).at(-1);
    return last && Date.now() - receivedMs(last) < 3000 && replicas.has(identityOf(last)) && identityOf(last);
  });

/** Lets a replica that was held go on. */
function letGoOn(identity: string): void {
  heldUntil.set(identity, Date.now());
  theOperator(identity).signal("SIGCONT");
}

/** Milliseconds since 1970, and by how many of them this machine was late until then. */
const moment = () => ({ at: Date.now(), lateMs: lateness.totalMs() });
type Moment = ReturnType<typeof moment>;

/** Seconds from a moment until the first write of anyone but those who wrote before, and those of them in which this machine was late. */
async function takeover({ at: since, lateMs }: Moment, former: string): Promise<Takeover> {
  const first = await until("another writes", async () =>
    (await allWrites()).find((event) => receivedMs(event) >= since && identityOf(event) !== former),
  );
  return { seconds: (receivedMs(first) - since) / 1000, late: (lateness.totalMs() - lateMs) / 1000 };
}
interface Takeover {
  seconds: number;
  late: number;
}

/** Each process's time of writing, from its first request to its last answer, that began before another's ended. */
function overlaps(events: AuditEvent[]): string[] {
  const inOrder = [...Map.groupBy(events, identityOf)]
    .map(([identity, own]) => ({
      identity,
      from: own.map((event) => event.requestReceivedTimestamp).sort()[0] ?? "",
      to:
        own
          .map((event) => event.stageTimestamp)
          .sort()
          .at(-1) ?? "",
    }))
    .sort((one, other) => (one.from < other.from ? -1 : 1));
  return inOrder.slice(1).flatMap(({ identity, from }, index) => {
    const earlier = inOrder.slice(0, index + 1).filter(({ to }) => to > from);
    return earlier.map((other) => `${identity} wrote at ${from}, ${other.identity} until ${other.to}`);
  });
}

const report = (what: string, { seconds, late }: Takeover) =>
  tell(
    "one leader",
    `takeover after ${what}: ${seconds.toFixed(1)} s, on a machine ${late.toFixed(1)} s late`,
  );

describe("of three operators", () => {
  it("one leads, and the others are ready and write nothing", async () => {
    for (const _ of [1, 2, 3]) await startReplica();
    const leading = await leader();
    const metric = 'leader_election_master_status{name="hitcounter-operator"}';
    for (const [identity, replica] of replicas) {
      expect(await replica.metrics()).toContain(`${metric} ${identity === leading ? 1 : 0}`);
    }
    const lease = await api.kubectl.in("hitcounter-system")("get", "lease", OPERATOR, "-o", "yaml");
    expect(lease).toContain(`holderIdentity: ${leading}`);
    expect(new Set((await allWrites()).map(identityOf))).toEqual(new Set([leading]));
  });

  it("another leads within 5 s when the leader is told to stop", async () => {
    const leading = await leader();
    const since = moment();
    expect(await theOperator(leading).stop("SIGTERM")).toBe(0);
    const stopped = await writesBy(leading);
    const taken = await takeover(since, leading);
    report("SIGTERM", taken);
    expect(taken.seconds).toBeLessThan(5 + taken.late);
    expect(await writesBy(leading)).toHaveLength(stopped.length);
    await startReplica();
  });

  it("another leads within 20 s when the leader is killed", async () => {
    const leading = await leader();
    const since = moment();
    await theOperator(leading).stop("SIGKILL");
    const taken = await takeover(since, leading);
    report("SIGKILL", taken);
    expect(taken.seconds).toBeLessThan(20 + taken.late);
    await startReplica();
  });

  it("one that stood still past its Lease in the middle of its work writes nothing more, and ends", async () => {
    const leading = await leader();
    const replica = theOperator(leading);
    const names = Array.from({ length: MANY }, (_, index) => `many-${index}`);
    const applied = Promise.all(names.map((name) => apply(name, { version: "1.0.0" })));
    await until("it has begun", async () => (await manyBy(leading)).length > 0, { everyMs: 10 });
    const since = moment();
    replica.signal("SIGSTOP");
    await applied;
    report("SIGSTOP", await takeover(since, leading));
    expect(await toldBy(leading)).toBeLessThan(MANY); // else it was at rest
    // What had reached the API server by then is done and answered.
    const written = (await writesBy(leading)).length;
    await sleep(Math.max(0, since.at + (LEASE_SECONDS + 2) * 1000 - Date.now()));
    letGoOn(leading);
    expect(await replica.ended).toBe(1);
    await sleep(500);
    const onItsWay = sentLate(await writesBy(leading), leading)[0];
    const later = (await writesBy(leading)).slice(written).filter((event) => event !== onItsWay);
    expect(later.map(({ verb, requestURI }) => `${verb} ${requestURI}`)).toEqual([]);
    expect(replica.log()).toContainEqual(expect.objectContaining({ msg: "lost the Lease" }));
    await startReplica();
  });

  it(
    `no two write at once in ${steps} random kills and stops (LEADER_WALK_SEED=${seed})`,
    async () => {
      const random = randomFrom(seed);
      const pick = <T>(items: readonly T[]): T | undefined => items[Math.floor(random() * items.length)];
      for (let step = 1; step <= steps; step += 1) {
        await sleep(random() * 1000);
        const leading = await leader();
        const victim = random() < 0.6 ? leading : (pick([...replicas.keys()]) ?? leading);
        const how = pick(["SIGTERM", "SIGKILL", "SIGSTOP"] as const) ?? "SIGTERM";
        const replica = theOperator(victim);
        const since = moment();
        if (how === "SIGSTOP") {
          const seconds = random() * 1.5 * LEASE_SECONDS;
          replica.signal("SIGSTOP");
          await sleep(seconds * 1000);
          letGoOn(victim);
          await sleep(1000);
        } else {
          await replica.stop(how);
        }
        if (victim === leading && !replicas.has(victim)) report(how, await takeover(since, victim));
        while (replicas.size < 3) await startReplica();
        expect(overlaps(await allWrites())).toEqual([]);
      }
    },
    60_000 + steps * 45_000,
  );
});

describe("an operator that may not list one of the kinds", () => {
  const role = join(import.meta.dirname, "../../../config/rbac");
  let kubeconfig: string;

  beforeAll(async () => {
    await Promise.all([...replicas.values()].map((replica) => replica.stop("SIGTERM")));
    await api.kubectl("apply", "-k", role);
    await mayList(false);
    kubeconfig = await serviceAccountKubeconfig(api);
  });

  /** Whether the operator's role lets it list budgets. */
  async function mayList(may: boolean): Promise<void> {
    const { rules } = await api.kubectl.json<{ rules: { resources: string[] }[] }>(
      "get",
      "clusterrole/hitcounter-operator",
    );
    const index = rules.findIndex(({ resources }) => resources.includes("poddisruptionbudgets"));
    const verbs = ["get", ...(may ? ["list"] : []), "watch", "create", "patch", "delete"];
    const patch = [{ op: "replace", path: `/rules/${index}/verbs`, value: verbs }];
    await api.kubectl("patch", "clusterrole/hitcounter-operator", "--type=json", "-p", JSON.stringify(patch));
  }

  /** One that has been refused the list, and has had the time in which it would have taken a Lease that nobody holds. */
  async function launchBlind(identity: string): Promise<RunningOperator> {
    const blind = launchOperator(kubeconfig, { IDENTITY: identity });
    replicas.set(identity, blind);
    void blind.ended.then(() => replicas.delete(identity));
    const refusals = async () =>
      (await requestsOf(api.auditLog, `${OPERATOR}/${identity}`)).filter(
        ({ responseStatus }) => responseStatus?.code === 403,
      );
    await until("it was refused again and again", async () => (await refusals()).length >= 3);
    return blind;
  }

  const leaseRequestsOf = async (identity: string) =>
    (await requestsOf(api.auditLog, `${OPERATOR}/${identity}`)).filter(
      ({ objectRef }) => objectRef?.resource === "leases",
    );

  it("ends when it is told to while it waits to see", async () => {
    const blind = await launchBlind("blind-1");
    expect(await blind.isReady()).toBe(false);
    expect(await blind.stop("SIGTERM")).toBe(0);
    expect(await leaseRequestsOf("blind-1")).toEqual([]);
  });

  it("leaves the Lease to one that can, until it can itself", async () => {
    const blind = await launchBlind("blind-2");
    const sighted = await startReplica();
    expect(await leader()).toBe(sighted);
    expect(await blind.isReady()).toBe(false);
    expect(await leaseRequestsOf("blind-2")).toEqual([]);

    await mayList(true);
    await until("it sees", () => blind.isReady());
    await theOperator(sighted).stop("SIGTERM");
    expect(await leader()).toBe("blind-2");
    await blind.stop("SIGTERM");
  });
});

/** Numbers in [0, 1) that are the same for the same seed. */
function randomFrom(from: number): () => number {
  let state = from >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
