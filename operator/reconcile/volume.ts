import type { V1StatefulSet } from "@kubernetes/client-node";
import type { HitCounter } from "../api/hitCounter.ts";
import { MANAGED_BY } from "../desired/names.ts";
import { volumeClaimName } from "../desired/redisStatefulSet.ts";
import { volumeClaims } from "../kinds.ts";
import { isApiError } from "../runtime/apiError.ts";
import { errorMessage } from "../runtime/logger.ts";
import { TerminalError } from "../runtime/outcome.ts";
import { quantityOf } from "../runtime/quantity.ts";
import type { Turn } from "./children.ts";
import type { World } from "./world.ts";

/**
 * Makes the volume of Redis as large as the spec asks for. The claim belongs to the StatefulSet, whose template of it
 * can't be changed, so the claim itself is. Throws TerminalError where the volume would have to shrink, or can't grow.
 */
export async function growVolume(world: World, hitCounter: HitCounter, { log, signal, changes }: Turn) {
  const { namespace } = hitCounter.metadata;
  const name = volumeClaimName(hitCounter);
  const wanted = String(hitCounter.spec.redis.storage.size);
  const claim = world.volumeClaims.get({ namespace, name });
  const there = claim?.spec?.resources?.requests?.storage;
  if (there === undefined) return; // the StatefulSet makes it, of the right size
  const [wantedBytes, thereBytes] = [quantityOf(wanted) ?? 0n, quantityOf(there) ?? 0n];
  if (wantedBytes === thereBytes) return;
  if (wantedBytes < thereBytes) {
    throw new TerminalError(
      `the volume ${name} has ${there} and no volume can shrink: spec.redis.storage.size must be ${there} or more, ` +
        `not ${wanted}; or delete the volume if its count is no longer needed`,
    );
  }
  const grown = {
    apiVersion: volumeClaims.apiVersion,
    kind: volumeClaims.kind,
    metadata: { namespace, name },
    spec: { resources: { requests: { storage: wanted } } },
  };
  const written = await world.refusals.ask(hitCounter, name, claim?.metadata?.uid, () =>
    world.client.apply(volumeClaims, grown, { fieldManager: MANAGED_BY, signal }).catch(explain),
  );
  world.volumeClaims.record(written);
  changes.push({ child: `PersistentVolumeClaim ${name}`, result: "updated" });
  log.info(`PersistentVolumeClaim ${name} grows from ${there} to ${wanted}`);
}

/** The API server forbids growing where the StorageClass does not allow it, which only a person can mend. */
function explain(error: unknown): never {
  if (!isApiError(error, 403)) throw error;
  throw new TerminalError(`the volume can't grow to spec.redis.storage.size: ${errorMessage(error)}`);
}

/** Size in the StatefulSet's template of the claim: what it was made with, and for a new one what is wanted. */
export function templateSize(hitCounter: HitCounter, live: V1StatefulSet | undefined): string {
  const [template] = live?.spec?.volumeClaimTemplates ?? [];
  return template?.spec?.resources?.requests?.storage ?? String(hitCounter.spec.redis.storage.size);
}
