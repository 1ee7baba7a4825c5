import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { HitCounter, HitCounterSpecInput } from "../api/hitCounter.ts";
import type { KubeObject } from "../runtime/index.ts";
import { FakeApiServer } from "../runtime/testing/fakeApiServer.ts";
import { clientFor } from "../runtime/testing/things.ts";
import { hitCounterWith } from "../testing/fixtures.ts";
import { hasty } from "./testing/surroundings.ts";
import { progressOf, waitForHitCounter } from "./waitForHitCounter.ts";

const GENERATION = 3;

/** A HitCounter that wants version 2.0.0 and is told to be so: `Ready=True Serving`, with a message of its reason. */
function toldToBe(
  status: { version?: string; observedGeneration?: number },
  conditions: readonly string[] = [],
  spec: Partial<HitCounterSpecInput> = {},
): HitCounter {
  const { observedGeneration = GENERATION } = status;
  const hitCounter = hitCounterWith({ version: "2.0.0", ...spec });
  return {
    ...hitCounter,
    metadata: { ...hitCounter.metadata, generation: GENERATION },
    status: {
      observedGeneration,
      version: status.version,
      conditions: conditions.map((each) => {
        const [, type = "", holds = "", reason = ""] = /^(\w+)=(\w+) (\w+)$/.exec(each) ?? [];
        const lastTransitionTime = "2026-01-02T00:00:00Z";
        const message = `${reason} it is.`;
        return { type, status: holds as "True", reason, message, observedGeneration, lastTransitionTime };
      }),
    },
  };
}

const serving = ["Ready=True Serving", "Progressing=False Complete", "Degraded=False AsExpected"];
const rolling = ["Ready=True Serving", "Progressing=True RollingOut", "Degraded=False AsExpected"];

describe("a HitCounter", () => {
  it.each<[string, HitCounter, ReturnType<typeof progressOf>]>([
    [
      "that no operator has seen is waited for",
      { ...hitCounterWith(), status: { observedGeneration: -1 } },
      { state: "waiting", why: "No operator has looked at what spec asks for yet" },
    ],
    [
      "that is told of an older spec is waited for, whatever is told",
      toldToBe({ version: "2.0.0", observedGeneration: GENERATION - 1 }, serving),
      { state: "waiting", why: "No operator has looked at what spec asks for yet" },
    ],
    [
      "that serves the old version is waited for, though it is Ready",
      toldToBe({ version: "1.0.0" }, rolling),
      { state: "waiting", why: "RollingOut it is." },
    ],
    [
      "that serves what it wants has arrived",
      toldToBe({ version: "2.0.0" }, serving),
      { state: "arrived", why: "Version 2.0.0 serves. Serving it is." },
    ],
    [
      "that is not Ready is waited for, in the words of all that is wrong",
      toldToBe({}, [
        "Ready=False RedisNotReady",
        "Progressing=True RollingOut",
        "Degraded=True Unschedulable",
      ]),
      { state: "waiting", why: "RedisNotReady it is. RollingOut it is. Unschedulable it is." },
    ],
    [
      "that was taken back has failed, though the old version is Ready",
      toldToBe({ version: "1.0.0" }, [...serving, "RolledBack=True ErrImagePull"]),
      { state: "failed", why: "ErrImagePull it is." },
    ],
    [
      "that is paused is not waited for",
      toldToBe({ version: "1.0.0" }, ["Ready=True Serving", "Progressing=False Paused"], { paused: true }),
      { state: "arrived", why: "spec.paused is true: nothing is waited for" },
    ],
    [
      "that wants no counters is not waited for",
      toldToBe({}, ["Ready=False ScaledToZero"], { counter: { replicas: 0 } }),
      { state: "arrived", why: "ScaledToZero it is." },
    ],
  ])("%s", (_title, hitCounter, progress) => {
    expect(progressOf(hitCounter)).toEqual(progress);
  });
});

describe("waiting for a HitCounter", () => {
  const collection = "/apis/hitcounter.dev/v1alpha1/namespaces/demo/hitcounters";
  let server: FakeApiServer;
  beforeEach(async () => {
    server = await FakeApiServer.start();
  });
  afterEach(async () => {
    await server.close();
  });

  /** Waits while the HitCounter is each of these in turn. */
  const wait = async (...sights: HitCounter[]) => {
    const client = clientFor(server.url);
    const { surroundings, waitedFor } = hasty(client);
    server.fault = () => {
      const next = sights.shift();
      if (next) server.put(collection, next as KubeObject);
      return undefined;
    };
    const options = { namespace: "demo", name: "web", timeout: 60 };
    const end = await waitForHitCounter
      .run(options, surroundings)
      .finally(() => client.close())
      .catch((error: Error) => `failed: ${error.message}`);
    return { end, waitedFor: waitedFor() };
  };

  it("tells on the way what is waited for", async () => {
    expect(
      await wait(
        toldToBe({ version: "1.0.0", observedGeneration: 2 }),
        toldToBe({ version: "1.0.0" }, rolling),
        toldToBe({ version: "2.0.0" }, serving),
      ),
    ).toEqual({
      end: "HitCounter demo/web: Version 2.0.0 serves. Serving it is.",
      waitedFor: ["No operator has looked at what spec asks for yet", "RollingOut it is."],
    });
  });

  it("fails at once where the version was taken back, or there is nothing to wait for", async () => {
    expect(await wait(toldToBe({ version: "1.0.0" }, [...serving, "RolledBack=True ErrImagePull"]))).toEqual({
      end: "failed: ErrImagePull it is.",
      waitedFor: [],
    });
    server.remove(`${collection}/web`);
    expect((await wait()).end).toBe("failed: There is no HitCounter demo/web to wait for");
  });

  it("fails when time is up, in the conditions' words", async () => {
    expect((await wait(toldToBe({}, ["Ready=False RedisNotReady"]))).end).toBe(
      "failed: Not within 60 s: RedisNotReady it is.",
    );
  });
});
