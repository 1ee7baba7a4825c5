import { z } from "zod";
import { resources } from "./parts.ts";
import { podOf } from "./pod.ts";
import { duration, image, optionalName, part, rules, whole } from "./schema.ts";
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

const ONE_OR_THREE =
  "spec.redis.replicas must be 1 or 3: of two copies none could go on when the other is lost";

/** With three the operator's part that knows which one is primary has work to do; two would be worse than one. */
const replicas = whole(1, 3)
  .refine((count) => count !== 2, ONE_OR_THREE)
  .default(1)
  .meta(
    rules(
      ["self != 2", ONE_OR_THREE],
      [
        "self >= oldSelf",
        "spec.redis.replicas must not go from 3 back to 1. To have one again, back the count up (spec.backup), delete the " +
          "HitCounter, and make one of another name that begins from the backup (spec.restore)",
      ],
    ),
  )
  .describe(
    "How many copies of the data there are. With 3, each on a node of its own, counting goes on within seconds when one " +
      "is lost, and no hit is acknowledged that two of them do not have on disk. It can go from 1 to 3 while visitors are " +
      "counted, and not back.",
  );

const parts = {
  image: image.describe("Image of Redis, with its tag. Default: the one the operator is set to use."),
  replicas,
  resources: resources({ requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "256Mi" } }),
  storage,
  auth,
  pod: podOf("spec.redis.pod").optional(),
  durability: z
    .enum(["always", "everysec"])
    .default("always")
    .describe(
      "When a hit is safe on disk: `always`, before it is acknowledged; `everysec`, within a second, so that " +
        "a crash of the node may lose the hits of that second. Three copies need `always`.",
    ),
};

/** What spec.redis may say. */
export const redis = part("The Redis that keeps the count.", parts, [
  "self.replicas == 1 || self.durability == 'always'",
  "spec.redis.durability must be always where spec.redis.replicas is 3: a hit counts as safe once two copies have it on disk",
]);
