import type { V1ObjectMeta, V1PersistentVolumeClaim } from "@kubernetes/client-node";
import type { HitCounter, HitCounterSpec } from "../api/hitCounter.ts";
import { childName, labels } from "./names.ts";

/** What a volume is to be. */
export type Storage = HitCounterSpec["redis"]["storage"];

/** Annotation of a claim with the size and the class that it was made for. */
export const STORAGE = "hitcounter.dev/storage";

/** What a claim is made for, as that annotation has it. */
export const storageOf = ({ size, storageClassName }: Storage) => `${size} ${storageClassName ?? "default"}`;

/** A claim that asks for a volume. */
export const claim = (metadata: V1ObjectMeta, storage: Storage) =>
  ({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { ...metadata, annotations: { ...metadata.annotations, [STORAGE]: storageOf(storage) } },
    spec: {
      accessModes: ["ReadWriteOnce"],
      ...(storage.storageClassName && { storageClassName: storage.storageClassName }),
      resources: { requests: { storage: String(storage.size) } },
    },
  }) satisfies V1PersistentVolumeClaim;

/** The claim of the backups. It has no owner, as it outlives the HitCounter: so it is made like no child. */
export const backupClaim = (hitCounter: HitCounter, storage: Storage) =>
  claim(
    {
      name: childName(hitCounter, "backup"),
      namespace: hitCounter.metadata.namespace,
      labels: labels(hitCounter, "backup"),
    },
    storage,
  );
