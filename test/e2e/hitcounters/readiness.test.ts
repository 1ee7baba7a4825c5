import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { V1Node, V1Service } from "@kubernetes/client-node";
import { podsOf } from "../../support/aftermath.ts";
import { freshNamespace, testCluster } from "../../support/cluster.ts";
import { tell } from "../../support/findings.ts";
import { getOnce } from "../../support/get.ts";
import { makeHitCounter, patchSpec, read } from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { randomFrom } from "../../support/random.ts";
import { sizeOf } from "../../support/size.ts";
import { until } from "../../support/until.ts";

const NAME = "web";
const disturbances = sizeOf("DISTURBANCES", { test: 12, soak: 50 });
const seed = Number(process.env.DISTURBANCES_SEED ?? Math.floor(Math.random() * 1e9));
const random = randomFrom(seed);
/** How long a wait must not end while nothing can answer, in seconds. */
const HOLD_SECONDS = 3;
/** Time for the word to get around that nothing answers any more, in seconds. */
const TOLD_SECONDS = 2;

let kubectl: Kubectl;
/** Address of a node. */
let node: string;

beforeAll(async () => {
  const cluster = testCluster();
  kubectl = await freshNamespace(cluster.kubectl, "readiness");
  const { items } = await kubectl.json<{ items: V1Node[] }>("get", "nodes");
  node = items[0]?.status?.addresses?.find(({ type }) => type === "InternalIP")?.address ?? "";
  await makeHitCounter(kubectl, NAME, { upgrade: { deadlineSeconds: 20 } });
}, 3_600_000);

afterAll(async () => {
  await kubectl?.("delete", "namespace", "readiness", "--wait=false");
});

const wait = (seconds: number) =>
  kubectl.attempt("wait", "--for=condition=Ready", `hitcounter/${NAME}`, `--timeout=${seconds}s`);
const patch = (spec: object) => patchSpec(kubectl, NAME, spec);
const kill = async (part: string, more: readonly string[] = []) => {
  const names = (await podsOf(kubectl, NAME, part)).map(({ metadata }) => metadata?.name ?? "");
  await kubectl("delete", "pod", "--wait=false", ...more, ...names);
};
const NOW = ["--grace-period=0", "--force"];
/** What comes of a visit to the proxy's Service at a node, made now: a status, or why there is none. */
const visit = async () => {
  const { stdout } = await kubectl.attempt("get", "service", `${NAME}-proxy`, "-o", "json");
  if (stdout === "") return "no Service";
  const { spec } = JSON.parse(stdout) as V1Service;
  return await getOnce(`http://${node}:${spec?.ports?.[0]?.nodePort}/`).then(
    ({ status }) => `${status}`,
    (error: Error) => error.message,
  );
};
/** Takes away all that could answer, sees that a wait goes on once nothing does, and puts it back. */
const without = async (part: "counter" | "proxy") => {
  await patch({ [part]: { replicas: 0 } });
  await until("/ is not answered any more", async () => (await visit()) !== "200");
  expect((await wait(HOLD_SECONDS)).code).not.toBe(0);
  await patch({ [part]: { replicas: 2 } });
};

/** What befalls a HitCounter; each ends while what it did may still be felt. */
const kinds: Record<string, () => Promise<unknown>> = {
  "every counter killed at once": () => kill("counter", NOW),
  "every counter deleted": () => kill("counter"),
  "every proxy killed at once": () => kill("proxy", NOW),
  "every proxy deleted": () => kill("proxy"),
  "Redis killed": () => kill("redis", NOW),
  "no counter for a while": () => without("counter"),
  "no proxy for a while": () => without("proxy"),
  "another version": async () =>
    patch({ version: (await read(kubectl, NAME)).spec.version === "1.0.0" ? "1.1.0" : "1.0.0" }),
  "a version that does not exist, and back": async () => {
    const { version } = (await read(kubectl, NAME)).spec;
    await patch({ version: "absent" });
    await patch({ version });
  },
  "the counters' Service deleted": () => kubectl("delete", "service", `${NAME}-counter`),
  "the proxy's Service deleted": () => kubectl("delete", "service", `${NAME}-proxy`),
  "the counters' Deployment deleted": () => kubectl("delete", "deployment", `${NAME}-counter`),
  "Redis's StatefulSet deleted": () => kubectl("delete", "statefulset", `${NAME}-redis`),
  "the proxy's settings changed": () =>
    patch({ proxy: { resources: { limits: { memory: `${128 + random.below(32)}Mi` } } } }),
};

describe("kubectl wait on Ready", () => {
  it(`ends only when / is answered, through ${disturbances} disturbances (seed ${seed})`, async () => {
    const seen: string[] = [];
    const waited: number[] = [];
    let failed = 0;
    for (let done = 0; done < disturbances; done += 1) {
      // Each kind once, then as chance will.
      const names = Object.keys(kinds);
      const kind = names[done] ?? random.pick(names);
      await kinds[kind]?.();
      for (;;) {
        const began = performance.now();
        const { code, stderr } = await wait(180);
        waited.push((performance.now() - began) / 1000);
        if (code !== 0) throw new Error(`${NAME} does not become Ready after ${kind}: ${stderr}`);
        const outcome = await visit();
        process.stderr.write(
          `${done + 1} ${kind}: Ready after ${waited.at(-1)?.toFixed(1)} s, / ${outcome}\n`,
        );
        if (outcome === "200") break;
        failed += 1;
        // A wait may end before anyone can have heard of what was done; soon the HitCounter must tell of it.
        const isTold = async () => (await wait(0)).code !== 0 || (await visit()) === "200";
        await until("it is told, or over", isTold, { withinSeconds: TOLD_SECONDS, everyMs: 100 }).catch(() =>
          seen.push(`after ${kind}: ${outcome}`),
        );
      }
    }
    tell(
      "readiness",
      `${disturbances} disturbances, seed ${seed}: waits of ${Math.max(...waited).toFixed(1)} s at most, ` +
        `${failed} that ended while / failed, ${seen.length} of them with a HitCounter that was told Ready on`,
    );
    expect(seen).toEqual([]);
  }, 3_600_000);
});
