import { setTimeout as sleep } from "node:timers/promises";
import type { V1Service } from "@kubernetes/client-node";
import type { HitCounter } from "../api/hitCounter.ts";
import { counterService } from "../desired/counterService.ts";
import { childName } from "../desired/names.ts";
import { counterAddressIn } from "../desired/proxyConfigMap.ts";
import { findApiError } from "../runtime/apiError.ts";
import { controllerOf } from "../runtime/objects.ts";
import { applyChild, type Turn } from "./children.ts";
import type { World } from "./world.ts";

/** How often the address is asked for, as the API server tells that a Service is gone before it gives its address back. */
const ATTEMPTS = 10;
/** It does so some milliseconds later. */
const RETRY_MS = 10;

/**
 * Makes the Service through which the proxies reach the counters. One that someone deleted gets the address back that
 * the proxies know: with another they would reach no counter until they are replaced.
 */
export async function applyCounterService(
  world: World,
  hitCounter: HitCounter,
  turn: Turn,
): Promise<V1Service> {
  const make = (of: Turn, clusterIp?: string) =>
    applyChild<V1Service>(
      world,
      hitCounter,
      (live) => counterService(hitCounter, live ? undefined : clusterIp),
      of,
    );
  const address = addressToKeep(world, hitCounter);
  if (address === undefined) return await make(turn);
  let isKept = false;
  for (let attempt = 0; attempt < ATTEMPTS && !isKept; attempt += 1) {
    if (attempt > 0) await sleep(RETRY_MS, undefined, { signal: turn.signal });
    isKept = await make(turn, address).then(
      () => true,
      (error: unknown) => {
        if (findApiError(error)?.statusCode !== 422) throw error;
        return false; // not given back yet, or somebody else has it
      },
    );
  }
  // From now on the address is nothing that is asked for, as if the API server had chosen it.
  return await make(isKept ? { ...turn, changes: [] } : turn);
}

/** The address that the proxies know, where there is no Service that has it. */
function addressToKeep({ children }: World, hitCounter: HitCounter): string | undefined {
  const { namespace, uid } = hitCounter.metadata;
  if (children.Service.get({ namespace, name: childName(hitCounter, "counter") })) return undefined;
  const configMap = children.ConfigMap.get({ namespace, name: childName(hitCounter, "proxy") });
  return controllerOf(configMap)?.uid === uid ? counterAddressIn(configMap) : undefined;
}
