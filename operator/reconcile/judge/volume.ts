import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import type { HitCounter, HitCounterStatus } from "../../api/hitCounter.ts";
import { compareQuantities } from "../../runtime/index.ts";

/** What the volume has, once there is one. */
export function storageOf(claim: V1PersistentVolumeClaim | undefined): HitCounterStatus["storage"] {
  const { status, spec } = claim ?? {};
  const size = status?.phase === "Bound" ? status.capacity?.storage : undefined;
  return size === undefined ? undefined : { size, storageClassName: spec?.storageClassName };
}

/** What the volume does, in a sentence: it grows, has more than spec wants, or goes with its data. */
export function judgeVolume({ spec, metadata }: HitCounter, claim: V1PersistentVolumeClaim | undefined) {
  const has = storageOf(claim)?.size;
  if (!claim || has === undefined) return {};
  const requested = claim.spec?.resources?.requests?.storage ?? "0";
  return {
    grows: compareQuantities(requested, has) > 0 && `The volume grows from ${has} to ${requested}.`,
    larger:
      compareQuantities(has, String(spec.redis.storage.size)) > 0 &&
      `Nothing is wrong; the volume has ${has}, more than spec.redis.storage.size asks for.`,
    // The claim was deleted while Redis uses it, so that its data goes with Redis's pod.
    atRisk:
      claim.metadata?.deletionTimestamp !== undefined &&
      `The claim ${claim.metadata.name} was deleted: its volume goes as soon as the pod of Redis does. Before that, keep the volume with ` +
        `\`kubectl patch pv ${claim.spec?.volumeName} -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'\`, or copy ` +
        `the data: \`kubectl cp -n ${metadata.namespace} ${claim.metadata.name?.replace(/^data-/, "")}:/data ./data\`.`,
  };
}
