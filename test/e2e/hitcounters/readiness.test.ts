import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { V1Node } from "@kubernetes/client-node";
import { childKinds } from "../../../operator/kinds.ts";
import { podsOf } from "../../support/aftermath.ts";
import { freshNamespace, testCluster } from "../../support/cluster.ts";
import { tell } from "../../support/findings.ts";
import { getOnce } from "../../support/get.ts";
import { conditionOf, makeHitCounter, manifest, patchSpec, read } from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { type Lateness, watchLateness } from "../../support/lateness.ts";
import { type Random, randomFrom } from "../../support/random.ts";
import { sizeOf } from "../../support/size.ts";
import { until } from "../../support/until.ts";

/** HitCounters that are disturbed side by side, each by one thing at a time. */
const NAMES = ["one", "two", "three"];
/** One that only gets another message now and then: when the operator tells of that, it has heard of what was before. */
const WITNESS = "witness";
const disturbances = sizeOf("DISTURBANCES", { test: 14, soak: 50 });
const seed = Number(process.env.DISTURBANCES_SEED ?? Math.floor(Math.random() * 1e9));
/** How long a wait must not end while nothing can answer, in seconds. */
const HOLD_SECONDS = 3;
/** Time for the word to get around that nothing answers any more, in seconds, on a machine that is in time. */
const TOLD_SECONDS = 2;

let kubectl: Kubectl;
let lateness: Lateness;
/** Address of a node. */
let node: string;

beforeAll(async () => {
  const cluster = testCluster();
  kubectl = await freshNamespace(cluster.kubectl, "readiness");
  const { items } = await kubectl.json<{ items: V1Node[] }>("get", "nodes");
  node = items[0]?.status?.addresses?.find(({ type }) => type === "InternalIP")?.address ?? "";
  lateness = await watchLateness();
  await kubectl.apply(manifest(WITNESS, { paused: true }));
  await Promise.all(NAMES.map((name) => makeHitCounter(kubectl, name, { upgrade: { deadlineSeconds: 20 } })));
}, 3_600_000);

afterAll(async () => {
  await lateness?.stop();
  await kubectl?.("delete", "namespace", "readiness", "--wait=false");
});

const wait = (name: string, seconds: number) =>
  kubectl.attempt("wait", "--for=condition=Ready", `hitcounter/${name}`, `--timeout=${seconds}s`);
const patch = (name: string, spec: object) => patchSpec(kubectl, name, spec);
const kill = async (name: string, part: string, more: readonly string[] = []) => {
  const pods = (await podsOf(kubectl, name, part)).map(({ metadata }) => metadata?.name ?? "");
  await kubectl("delete", "pod", "--wait=false", ...more, ...pods);
};
const NOW = ["--grace-period=0", "--force"];
/** What comes of a visit to the proxy's Service at a node, made now: a status, or why there is none. */
const visit = async (name: string) => {
  const { client, namespace } = kubectl;
  const service = await client.get(childKinds.Service, { namespace, name: `${name}-proxy` });
  if (service === undefined) return "no Service";
  return await getOnce(`http://${node}:${service.spec?.ports?.[0]?.nodePort}/`).then(
    ({ status }) => `${status}`,
    (error: Error) => error.message,
  );
};
let messages = 0;
/** Waits until the operator has told of a change that is made now: on a machine that is late, it is late with all it hears. */
const untilTellsOfNow = async () => {
  messages += 1;
  await patch(WITNESS, { message: `${messages}` });
  const { metadata } = await read(kubectl, WITNESS);
  const isTold = async () =>
    ((await read(kubectl, WITNESS)).status?.observedGeneration ?? 0) >= metadata.generation;
  await until("the operator tells of a later change", isTold, { everyMs: 50 });
};
/** Takes away all that could answer, sees that a wait goes on once nothing does, and puts it back. */
const without = async (name: string, part: "counter" | "proxy") => {
  await patch(name, { [part]: { replicas: 0 } });
  await until("/ is not answered any more", async () => (await visit(name)) !== "200");
  expect((await wait(name, HOLD_SECONDS)).code).not.toBe(0);
  await patch(name, { [part]: { replicas: 2 } });
};

/** What befalls a HitCounter; each ends while what it did may still be felt. */
const kinds: Record<string, (name: string, random: Random) => Promise<unknown>> = {
  "every counter killed at once": (name) => kill(name, "counter", NOW),
  "every counter deleted": (name) => kill(name, "counter"),
  "every proxy killed at once": (name) => kill(name, "proxy", NOW),
  "every proxy deleted": (name) => kill(name, "proxy"),
  "Redis killed": (name) => kill(name, "redis", NOW),
  "no counter for a while": (name) => without(name, "counter"),
  "no proxy for a while": (name) => without(name, "proxy"),
  "another version": async (name) =>
    patch(name, { version: (await read(kubectl, name)).spec.version === "1.0.0" ? "1.1.0" : "1.0.0" }),
  "a version that does not exist, and back": async (name) => {
    const { version } = (await read(kubectl, name)).spec;
    await patch(name, { version: "absent" });
    await patch(name, { version });
  },
  "the counters' Service deleted": (name) => kubectl("delete", "service", `${name}-counter`),
  "the proxy's Service deleted": (name) => kubectl("delete", "service", `${name}-proxy`),
  "the counters' Deployment deleted": (name) => kubectl("delete", "deployment", `${name}-counter`),
  "Redis's StatefulSet deleted": (name) => kubectl("delete", "statefulset", `${name}-redis`),
  "the proxy's settings changed": (name, random) =>
    patch(name, { proxy: { resources: { limits: { memory: `${128 + random.below(32)}Mi` } } } }),
};

/** What was seen of one wait after the other. */
interface Seen {
  waited: number[];
  /** Waits that ended while / failed. */
  failed: number;
  /** Of these, those of a HitCounter that was told Ready on. */
  untold: string[];
}

/** Disturbs a HitCounter by every one of these in turn, and waits each time until it is told Ready and answers. */
async function disturb(name: string, turns: readonly number[]): Promise<Seen> {
  const seen: Seen = { waited: [], failed: 0, untold: [] };
  for (const turn of turns) {
    // Each kind once, then as chance will.
    const random = randomFrom(seed + turn);
    const names = Object.keys(kinds);
    const kind = names[turn] ?? random.pick(names);
    await kinds[kind]?.(name, random);
    for (;;) {
      const began = performance.now();
      const { code, stderr } = await wait(name, 180);
      const waited = (performance.now() - began) / 1000;
      seen.waited.push(waited);
      if (code !== 0) throw new Error(`${name} does not become Ready after ${kind}: ${stderr}`);
      const outcome = await visit(name);
      process.stderr.write(`${turn + 1} ${kind}: Ready after ${waited.toFixed(1)} s, / ${outcome}\n`);
      if (outcome === "200") break;
      seen.failed += 1;
      // A wait may end before anyone can have heard of what was done; soon the HitCounter must tell of it.
      await untilTellsOfNow();
      const since = { at: performance.now(), lateMs: lateness.totalMs() };
      const isOver = async () =>
        (await conditionOf(kubectl, name, "Ready"))?.status !== "True" || (await visit(name)) === "200";
      await until("it is told, or over", isOver, { everyMs: 100 });
      const late = lateness.totalMs() - since.lateMs;
      if (performance.now() - since.at > TOLD_SECONDS * 1000 + late) {
        seen.untold.push(`after ${kind}: ${outcome}`);
      }
    }
  }
  return seen;
}

describe("kubectl wait on Ready", () => {
  it(`ends only when / is answered, through ${disturbances} disturbances (seed ${seed})`, async () => {
    const turns = Array.from({ length: disturbances }, (_, index) => index);
    const all = await Promise.all(
      NAMES.map((name, index) =>
        disturb(
          name,
          turns.filter((turn) => turn % NAMES.length === index),
        ),
      ),
    );
    const untold = all.flatMap((seen) => seen.untold);
    const failed = all.reduce((sum, seen) => sum + seen.failed, 0);
    const longest = Math.max(...all.flatMap(({ waited }) => waited));
    tell(
      "readiness",
      `${disturbances} disturbances, seed ${seed}: waits of ${longest.toFixed(1)} s at most, ` +
        `${failed} that ended while / failed, ${untold.length} of them with a HitCounter that was told Ready on`,
    );
    expect(untold).toEqual([]);
  }, 3_600_000);
});
