import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { V1Pod } from "@kubernetes/client-node";
import type { HitCounter } from "../../../operator/api/hitCounter.ts";
import { expectAsItShould, podsOf, restartsOf } from "../../support/aftermath.ts";
import { freshNamespace, testCluster } from "../../support/cluster.ts";
import { tell } from "../../support/findings.ts";
import { manifest, untilReady, untilSettled } from "../../support/hitCounters.ts";
import type { Kubectl } from "../../support/kubectl.ts";
import { sizeOf } from "../../support/size.ts";
import { expectNothingLost, inRow, together, underLoad } from "../../support/underLoad.ts";
import { until } from "../../support/until.ts";

const many = sizeOf("HITCOUNTERS", { test: 10, soak: 20 });
const names = Array.from({ length: many }, (_, index) => `web-${index}`);
/** Small enough for many to fit on a machine, with requests a second (each) that it can answer on the side. */
const little = { cpu: "5m", memory: "16Mi" };
const small = { replicas: 1, resources: { requests: little, limits: { memory: "256Mi" } } };
const spec = { counter: small, redis: { resources: small.resources }, proxy: small };
const RATE = 2;
let kubectl: Kubectl;

beforeAll(async () => {
  kubectl = await freshNamespace(testCluster().kubectl, "many");
  const items = names.map((name) => manifest(name, spec));
  await kubectl.apply({ apiVersion: "v1", kind: "List", items });
  for (const name of names) await untilReady(kubectl, name);
  for (const name of names) await untilSettled(kubectl, name);
}, 3_600_000);

afterAll(async () => {
  await kubectl?.("delete", "namespace", "many", "--ignore-not-found", "--wait=false");
});

const hasArrived = ({ spec, status, metadata }: HitCounter) =>
  status?.version === spec.version &&
  ["Ready=True", "Progressing=False"].every((wanted) =>
    status.conditions?.some(
      (each) => `${each.type}=${each.status}` === wanted && each.observedGeneration === metadata.generation,
    ),
  );

describe(`${many} HitCounters`, () => {
  it("that are bumped at once all arrive, and none is unserved in between", async () => {
    const took = new Map<string, number>();
    const bump = async () => {
      const began = performance.now();
      const patch = JSON.stringify({ spec: { version: "1.1.0" } });
      await kubectl("patch", "hitcounter", ...names, "--type", "merge", "-p", patch);
      const look = async () => {
        const { items } = await kubectl.json<{ items: HitCounter[] }>("get", "hitcounters");
        for (const { metadata } of items.filter(hasArrived)) {
          if (!took.has(metadata.name)) took.set(metadata.name, (performance.now() - began) / 1000);
        }
        return took.size === many;
      };
      await until("all have arrived", look, { withinSeconds: 300, everyMs: 500 });
      await until("the pods that go are gone", async () => {
        const { items } = await kubectl.json<{ items: V1Pod[] }>("get", "pods");
        return items.every(({ metadata }) => metadata?.deletionTimestamp === undefined);
      });
    };
    const all = Promise.withResolvers<void>();
    all.promise.catch(() => {}); // whoever waits for it hears of it
    let visited = 0;
    /** The bump comes when all are visited, and every load lasts until its end. */
    const whenAllAreVisited = async () => {
      visited += 1;
      if (visited === many) bump().then(all.resolve, all.reject);
      await all.promise;
    };
    const options = { rate: RATE, keptAlive: 2 };
    const seen = await Promise.all(
      names.map((name) =>
        underLoad(kubectl, name, undefined, whenAllAreVisited, options).catch((error: unknown) => {
          all.reject(error);
          throw error;
        }),
      ),
    );
    tell(
      "under load",
      inRow(`${many} HitCounters bumped at once, each at ${RATE} requests/s`, together(seen)),
    );
    for (const each of seen) {
      expectNothingLost(each);
      expect(each.versions.has("1.1.0")).toBe(true);
    }
    const times = [...took.values()].map((seconds) => `${seconds.toFixed(0)} s`);
    tell(
      "many at once",
      `${many} bumped, the first arrived after ${times[0]}, the last after ${times.at(-1)}`,
    );
    for (const name of names) {
      await expectAsItShould(kubectl, name, "1.1.0");
      expect(restartsOf(await podsOf(kubectl, name))).toBe(0);
    }
  }, 600_000);
});
