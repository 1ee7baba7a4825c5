import { z } from "zod";
import type { HitCounter } from "../api/hitCounter.ts";
import { hitCounters } from "../kinds.ts";
import { conditionOf, keyString } from "../runtime/index.ts";
import { job } from "./job.ts";
import { objectName, timeout } from "./options.ts";
import { Hopeless, untilNothingIsWaitedFor } from "./patience.ts";

/** Waits until a HitCounter is what its spec asks for. */
export const waitForHitCounter = job({
  does: "Waits until the version that a HitCounter wants serves, and it is Ready",
  options: z.strictObject({ namespace: objectName, name: objectName, timeout: timeout.default(600) }),
  run: async ({ namespace, name, ...options }, surroundings) => {
    const key = { namespace, name };
    const client = surroundings.client();
    let end = "";
    await untilNothingIsWaitedFor(surroundings, options.timeout, async () => {
      const hitCounter = await client.get(hitCounters, key);
      if (!hitCounter) throw new Hopeless(`There is no HitCounter ${keyString(key)} to wait for`);
      const { state, why } = progressOf(hitCounter);
      if (state === "failed") throw new Hopeless(why);
      end = why;
      return state === "waiting" ? why : undefined;
    });
    return `HitCounter ${keyString(key)}: ${end}`;
  },
});

interface Progress {
  state: "arrived" | "waiting" | "failed";
  /** In the conditions' own words, where they have some. */
  why: string;
}

/** How far a HitCounter has come on the way to what its spec asks for, as its status tells. */
export function progressOf({ metadata, spec, status }: HitCounter): Progress {
  if (status?.observedGeneration !== metadata.generation) {
    return { state: "waiting", why: "No operator has looked at what spec asks for yet" };
  }
  const told = (type: string) => {
    const condition = conditionOf(status, type);
    return condition?.observedGeneration === metadata.generation ? condition : undefined;
  };
  const ready = told("Ready");
  const rolledBack = told("RolledBack");
  if (rolledBack?.status === "True") return { state: "failed", why: rolledBack.message };
  // Both are as spec asks, and no waiting brings more.
  if (spec.paused) return { state: "arrived", why: "spec.paused is true: nothing is waited for" };
  if (ready?.reason === "ScaledToZero") return { state: "arrived", why: ready.message };
  if (ready?.status === "True" && status.version === spec.version) {
    return { state: "arrived", why: `Version ${spec.version} serves. ${ready.message}` };
  }
  const words = [
    ready?.status === "True" ? undefined : ready,
    told("Progressing"),
    told("Degraded")?.status === "True" ? told("Degraded") : undefined,
  ].map((condition) => condition?.message);
  const why = [...new Set(words)].filter((message) => message !== undefined).join(" ");
  return { state: "waiting", why: why || `Version ${spec.version} does not serve yet` };
}
