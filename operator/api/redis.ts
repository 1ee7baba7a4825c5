import { z } from "zod";
import { image, resources } from "./parts.ts";
import { podOf } from "./pod.ts";
import { quantity, rules } from "./schema.ts";

const storage = z
  .object({
    size: quantity().default("1Gi").describe("Size of the volume."),
    storageClassName: z
      .string()
      .min(1)
      .max(253)
      .optional()
      .describe("StorageClass of the volume. Default: the cluster's default class."),
  })
  .prefault({})
  .meta(
    rules(
      [
        "quantity(string(self.size)).compareTo(quantity(string(oldSelf.size))) >= 0",
        "spec.redis.storage.size can't become smaller: no volume can shrink. Put back the size it had, or a larger one",
      ],
      [
        "has(self.storageClassName) == has(oldSelf.storageClassName) && (!has(self.storageClassName) || " +
          "self.storageClassName == oldSelf.storageClassName)",
        "spec.redis.storage.storageClassName can't be changed while the HitCounter exists: put back what it was " +
          "created with",
      ],
    ),
  )
  .describe(
    "The volume that keeps the count. It can grow where its StorageClass allows that, and never shrink.",
  );

/** What spec.redis may say. */
export const redis = z
  .object({
    image: image()
      .optional()
      .describe("Image of Redis, with its tag. Default: the one the operator is set to use."),
    resources: resources({ requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "256Mi" } }),
    storage,
    pod: podOf("spec.redis.pod").optional(),
    durability: z
      .enum(["always", "everysec"])
      .default("always")
      .describe(
        "When a hit is safe on disk: `always`, before it is acknowledged; `everysec`, within a second, so that " +
          "a crash of the node may lose the hits of that second.",
      ),
  })
  .prefault({})
  .describe("The Redis that keeps the count.");
