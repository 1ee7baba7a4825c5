import { z } from "zod";
import { counter } from "./counter.ts";
import { backup, initialHits, restore } from "./data.ts";
import { proxy } from "./proxy.ts";
import { redis } from "./redis.ts";
import { listMapBy, matching, objectName, part, rules, whole } from "./schema.ts";

const monitoring = part("Metrics of Redis and of the proxies, beside those that the counters have anyway.", {
  enabled: z
    .boolean()
    .default(false)
    .describe(
      "Whether exporters ask Redis and the proxies for metrics, and Prometheus is told where all of them are: by " +
        "ServiceMonitors where the cluster knows these, else by annotations. Nothing else restarts for it.",
    ),
});

const networkPolicy = part(
  "Walls around its pods, in clusters whose network enforces NetworkPolicies: who reaches them, and whom they reach.",
  {
    enabled: z
      .boolean()
      .default(true)
      .describe(
        "Whether there are NetworkPolicies. With them, all may reach the proxies, while the counters, Redis and " +
          "the exporters are reached by those alone who have to; and each reaches no more than it needs. Nothing " +
          "restarts for it.",
      ),
  },
);

const upgrade = part("What happens when a new version does not work. The old one serves all the while.", {
  deadlineSeconds: whole(10, 86_400)
    .default(120)
    .describe(
      "How long, in seconds, new counter pods may take to become ready, each counted from the last that did. A " +
        "version that takes longer has failed.",
    ),
  rollback: z
    .boolean()
    .default(true)
    .describe(
      "Whether a version that fails is replaced by the last that was healthy. If not, the failure is only told.",
    ),
});

const pages = part("Pages that are counted apart, under `/p/KEY`; each hit of one moves the total too.", {
  max: whole(0, 10_000)
    .default(0)
    .describe(
      "How many pages there may be: the first that are asked for. One more is answered 404, and not counted. 0: " +
        "there are none.",
    ),
});

const visitors = part("How many different visitors come in a day, which `/hits?visitors` tells.", {
  enabled: z
    .boolean()
    .default(false)
    .describe(
      "Whether visitors are counted: about, and by nothing that leads back to them. By `/hits?visitors` anybody can see " +
        "how many there were.",
    ),
});

/** Everything a user can ask for; types, defaults, validation and the CRD are made from it. */
export const hitCounterSpec = z
  .object({
    version: matching(
      /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/,
      63,
      "spec.version must be an image tag such as 1.0.0: letters, digits, '.', '_' and '-', beginning and ending " +
        "with a letter or a digit, 63 characters at most",
    ).describe(
      "The version to run: the tag of the counter image. A new one rolls the counters without downtime, and so " +
        "does going back to an old one.",
    ),
    message: z
      .string()
      .min(1)
      .max(1000)
      .default("Holla! we have hit {hits} times")
      .meta(
        rules([
          "!self.contains('\\u0000')",
          "spec.message must not have a NUL character (\\u0000) in it: no process can be given one. Leave it out",
        ]),
      )
      .describe("What `/` answers; {hits} stands for the number of the hit."),
    paused: z
      .boolean()
      .default(false)
      .describe("While true, the operator changes nothing and goes on telling how things are."),
    imagePullSecrets: z
      .array(z.object({ name: objectName.describe("Name of the Secret.") }))
      .max(16)
      .optional()
      .meta(listMapBy("name"))
      .describe("Secrets in the same namespace that hold the credentials of private image registries."),
    counter,
    redis,
    proxy,
    pages,
    visitors,
    upgrade,
    monitoring,
    networkPolicy,
    initialHits,
    backup: backup.optional(),
    restore: restore.optional(),
    deletionPolicy: z
      .enum(["Retain", "Delete"])
      .default("Retain")
      .describe(
        "What becomes of the count when the HitCounter is deleted: `Retain` keeps its volume, and a HitCounter of " +
          "the same name counts on from it; `Delete` removes it.",
      ),
  })
  .describe("What the HitCounter should be.");
