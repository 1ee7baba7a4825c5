import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import type { HitCounter, HitCounterStatus } from "../../api/hitCounter.ts";
import { compareQuantities } from "../../runtime/index.ts";

/** What the volume has, once there is one. */
export function storageOf(claim: V1PersistentVolumeClaim | undefined): HitCounterStatus["storage"] {
  const { status, spec } = claim ?? {};
  const size = status?.phase === "Bound" ? status.capacity?.storage : undefined;
  if (size === undefined) return undefined;
  const { storageClassName } = spec ?? {};
  return { size, ...(storageClassName !== undefined && { storageClassName }) };
}

/** What the volume does: grows, or has another size than spec wants, in a sentence. */
export interface VolumeJudgement {
  readonly grows: string | undefined;
  readonly larger: string | undefined;
  /** The claim was deleted while Redis uses it, so that its data goes with Redis's pod. */
  readonly atRisk: string | undefined;
}

export function judgeVolume(
  { spec, metadata }: HitCounter,
  claim: V1PersistentVolumeClaim | undefined,
): VolumeJudgement {
  const has = storageOf(claim)?.size;
  const name = claim?.metadata?.name;
  const requested = claim?.spec?.resources?.requests?.storage;
  const wanted = String(spec.redis.storage.size);
  const isMore = (one: string | undefined, other: string) => compareQuantities(one ?? "0", other) > 0;
  const atRisk = has !== undefined && claim?.metadata?.deletionTimestamp !== undefined;
  return {
    grows:
      has !== undefined && isMore(requested, has)
        ? `The volume grows from ${has} to ${requested}.`
        : undefined,
    larger:
      has !== undefined && isMore(has, wanted)
        ? `Nothing is wrong; the volume has ${has}, more than spec.redis.storage.size asks for.`
        : undefined,
    atRisk: atRisk
      ? `The claim ${name} was deleted: its volume goes as soon as the pod of Redis does. Before that, keep the volume with ` +
        `\`kubectl patch pv ${claim?.spec?.volumeName} -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'\`, or copy ` +
        `the data: \`kubectl cp -n ${metadata.namespace} ${metadata.name}-redis-0:/data ./data\`.`
      : undefined,
  };
}
