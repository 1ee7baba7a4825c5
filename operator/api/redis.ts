import { z } from "zod";
import { resources } from "./parts.ts";
import { podOf } from "./pod.ts";
import { duration, image, optionalName, part, rules } from "./schema.ts";
import { storageOf } from "./storage.ts";

/** What would ask the impossible of a volume that is there is refused at the CRD's root, where its status is seen. */
const storage = storageOf(
  "spec.redis.storage",
  "The volume that keeps the count. It can grow where its StorageClass allows that, and never shrink. While there " +
    "is none, as its class does not exist for instance, both can be changed.",
  {
    size: "Size of the volume. Once there is one, it can only become larger.",
    storageClassName:
      "StorageClass of the volume. A volume that is there keeps its class. Default: that of the volume there is, " +
      "else the cluster's default class.",
  },
);

/** Of a password that nobody names the operator decides. */
const auth = z
  .object({
    rotateAfter: duration("spec.redis.auth.rotateAfter", 1, 87_600, "720h")
      .optional()
      .describe(
        "How old the passwords of Redis become before others take their place, such as `720h`. No pod restarts for it. " +
          "Default: as old as they like.",
      ),
    secretName: optionalName.describe(
      "Secret in the same namespace whose key `password` is the counters' password of Redis: 16 to 512 printable ASCII " +
        "characters, no space among them. When it changes, the passwords are rotated. Default: one is made by chance.",
    ),
  })
  .meta(
    rules([
      "!has(self.rotateAfter) || !has(self.secretName)",
      "spec.redis.auth must not have both rotateAfter and secretName: the password in a Secret of yours is rotated by " +
        "changing it there",
    ]),
  )
  .optional()
  .describe("The passwords of Redis.");

/** What spec.redis may say. */
export const redis = part("The Redis that keeps the count.", {
  image: image.describe("Image of Redis, with its tag. Default: the one the operator is set to use."),
  resources: resources({ requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "256Mi" } }),
  storage,
  auth,
  pod: podOf("spec.redis.pod").optional(),
  durability: z
    .enum(["always", "everysec"])
    .default("always")
    .describe(
      "When a hit is safe on disk: `always`, before it is acknowledged; `everysec`, within a second, so that " +
        "a crash of the node may lose the hits of that second.",
    ),
});
