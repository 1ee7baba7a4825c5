import type { V1Service } from "@kubernetes/client-node";
import { z } from "zod";
import { MANAGED_BY_SELECTOR } from "../desired/names.ts";
import { childKinds, hitCounters } from "../kinds.ts";
import { keyString } from "../runtime/index.ts";
import { job } from "./job.ts";
import { objectName, timeout } from "./options.ts";
import { untilNothingIsWaitedFor } from "./patience.ts";

/**
 * Deletes a HitCounter and waits until its Services are gone, with which a cloud takes its load balancer away. Garbage
 * collection does the work; what becomes of the count, the HitCounter's deletionPolicy says.
 */
export const deleteHitCounter = job({
  does: "Deletes a HitCounter and waits until its Services are gone",
  options: z.strictObject({ namespace: objectName, name: objectName, timeout: timeout.default(600) }),
  run: async ({ namespace, name, ...options }, surroundings) => {
    const key = { namespace, name };
    const client = surroundings.client();
    const labelSelector = `${MANAGED_BY_SELECTOR},app.kubernetes.io/instance=${name}`;
    // One that is made under its name meanwhile is somebody else's.
    let uid: string | undefined;
    await untilNothingIsWaitedFor(surroundings, options.timeout, async () => {
      const live = await client.get(hitCounters, key);
      uid ??= live?.metadata.uid;
      if (live && live.metadata.uid === uid) {
        if (live.metadata.deletionTimestamp === undefined) {
          await client.delete(hitCounters, key, { preconditions: { uid } });
        }
        return `HitCounter ${keyString(key)} is being deleted`;
      }
      const { items } = await client.list(childKinds.Service, { namespace, labelSelector });
      const left = items.filter((service) => uid === undefined || isOwnedBy(service, uid));
      return left.length === 0 ? undefined : `To be gone: ${left.map(inWords).join(", ")}`;
    });
    return `HitCounter ${keyString(key)} and its Services are gone`;
  },
});

const isOwnedBy = ({ metadata }: V1Service, uid: string) =>
  metadata?.ownerReferences?.some((owner) => owner.uid === uid) ?? false;

function inWords({ metadata }: V1Service): string {
  const { name, finalizers = [] } = metadata ?? {};
  return `Service ${name}${finalizers.length > 0 ? `, held by ${finalizers.join(", ")}` : ""}`;
}
