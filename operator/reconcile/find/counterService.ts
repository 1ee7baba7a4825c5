import type { V1Service } from "@kubernetes/client-node";
import { childName, selectorLabels } from "../../desired/names.ts";
import type { IpFamily } from "../../desired/nginxConf.ts";
import { COUNTER_ADDRESS } from "../../desired/proxyConfigMap.ts";
import { counterService } from "../../desired/services.ts";
import { controllerOf, hasLabels } from "../../runtime/index.ts";
import { applyChild } from "../apply/child.ts";
import type { Turn } from "../turn.ts";

/** How often the address is asked for: the API server tells that a Service is gone before it gives its address back. */
const ATTEMPTS = 10;
/** It does so some milliseconds later. */
const RETRY = { baseMs: 20, capMs: 100 };

/** Where the proxies find the counters. */
export interface CounterAddress {
  /** Empty while there is none. */
  readonly counterAddress: string;
  readonly ipFamilies: readonly IpFamily[];
}

/**
 * Finds the address of the Service through which the proxies reach the counters, or makes the Service. One that someone
 * deleted gets the address back that the proxies know: with another they would reach no counter until they are replaced.
 */
export async function findCounterAddress(turn: Turn): Promise<CounterAddress> {
  const { context, hitCounter } = turn;
  const { namespace } = hitCounter.metadata;
  const key = { namespace, name: childName(hitCounter, "counter") };
  const cached = context.children.Service.get(key);
  // Another HitCounter may have given its own Service this name.
  const isOurs = cached && hasLabels(cached, selectorLabels(hitCounter, "counter"));
  const { spec } = (isOurs ? cached : await make(turn)) ?? {};
  return {
    counterAddress: spec?.clusterIP ?? "",
    ipFamilies: (spec?.ipFamilies as IpFamily[] | undefined) ?? ["IPv4"],
  };
}

async function make(turn: Turn): Promise<V1Service | undefined> {
  const { hitCounter, memory } = turn;
  const known = knownAddress(turn);
  const about = "counter address";
  if (known === undefined || memory.tries.times(about) >= ATTEMPTS) {
    return await applyChild(turn, counterService(hitCounter));
  }
  const problems = turn.problems.length;
  const service = await applyChild(turn, counterService(hitCounter, known));
  if (service) {
    memory.tries.forget(about);
    // From now on the address is nothing that is asked for, as if the API server had chosen it. That is no news.
    const changes = turn.changes.length;
    await applyChild(turn, counterService(hitCounter));
    turn.changes.splice(changes);
    return service;
  }
  const [refused] = turn.problems.splice(problems);
  if (refused?.kind !== "refused") {
    if (refused) turn.problems.push(refused);
    return undefined;
  }
  // Not given back yet; or another has it, and a new address will have to do.
  memory.tries.forget(`applying Service ${childName(hitCounter, "counter")}`);
  turn.problems.push(memory.tries.note(about, known, { ...refused, kind: "waiting" }, RETRY));
  return undefined;
}

/** The address that the proxies know. */
function knownAddress({ context, hitCounter }: Turn): string | undefined {
  const { namespace, uid } = hitCounter.metadata;
  const configMap = context.children.ConfigMap.get({ namespace, name: childName(hitCounter, "proxy") });
  const address = configMap?.metadata?.annotations?.[COUNTER_ADDRESS];
  return controllerOf(configMap)?.uid === uid && address ? address : undefined;
}
