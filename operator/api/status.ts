import { z } from "zod";
import { listMapBy } from "./schema.ts";

const text = z.string().optional();
const count = z.int().min(0).optional();

/** One condition, as the Kubernetes API conventions define it. */
export const condition = z.object({
  type: z
    .string()
    .max(316)
    .describe(
      "What is told: Ready, Progressing, Degraded, RolledBack, VisitorsCounted, ClientsLimited, CertificateValid, PasswordRotated, RedisReplicated, " +
        "Reconciling or Stalled.",
    ),
  status: z.enum(["True", "False", "Unknown"]).describe("Whether it holds."),
  observedGeneration: count.describe("The generation of the spec this was seen for."),
  lastTransitionTime: z.iso.datetime().describe("When the status last changed."),
  reason: z.string().min(1).max(1024).describe("Why, in one word for programs."),
  message: z.string().max(32768).describe("Why, in a sentence for people."),
});

/**
 * The status of a HitCounter that no operator has looked at: of no generation that there ever is, so that tools which
 * wait for any kind of object do not take it for one that is as it should be.
 */
export const unseenStatus = { observedGeneration: -1 };

/** What is told of Redis where there are three copies. */
const copies = {
  replicas: count.describe("Copies of the data that there should be, where there are three."),
  inSync: count.describe("Copies that have all that was acknowledged, the primary's among them."),
  primary: text.describe("Pod of the copy that takes writes."),
  term: count.describe(
    "Number of the term in which it does: each change of the primary begins a higher one.",
  ),
  lastChange: z
    .object({
      time: z.iso.datetime().describe("When the term began."),
      from: text.describe("Pod of the primary before, where it is known."),
      to: z.string().describe("Pod of the primary since."),
      reason: z.string().describe("Why, in one word for programs."),
      seconds: z.number().min(0).describe("How long there was no primary, or how long the change took."),
    })
    .optional()
    .describe("The last change of the primary, or of its term."),
  replicatedSince: z.iso
    .datetime()
    .optional()
    .describe(
      "Since when there are three copies that had all at one time. From then on data that is missing is lost, and no " +
        "empty copy is begun with.",
    ),
};

/** Everything the operator tells about a HitCounter. */
export const hitCounterStatus = z
  .object({
    observedGeneration: z
      .int()
      .min(-1)
      .optional()
      .describe(
        "The generation of the spec that this status is about; -1 while no operator has looked at it.",
      ),
    version: text.describe("The version that serves."),
    lastHealthyVersion: text.describe(
      "The version that last served on every counter pod: what an upgrade that fails goes back to.",
    ),
    replicas: count.describe("Counter pods there are."),
    readyReplicas: count.describe("Counter pods that are ready."),
    ready: text.describe("Counter pods that are ready, and wanted: 2/2."),
    selector: text.describe("Label selector of the counter pods, for the scale subresource."),
    hits: count.describe("The count when it was last read through the proxy."),
    address: text.describe(
      "Where the proxy is reached: host, and port where it is not 80; where it serves HTTPS, the URL without its path.",
    ),
    certificate: z
      .object({
        notBefore: z.iso.datetime().describe("From when it is valid."),
        notAfter: z.iso.datetime().describe("Until when it is valid."),
      })
      .optional()
      .describe("The certificate that the proxies serve, where they serve HTTPS."),
    storage: z
      .object({
        size: z.string().max(63).describe("What the volume has: the capacity of its claim."),
        storageClassName: z
          .string()
          .max(253)
          .optional()
          .describe("StorageClass of the volume, where it has one."),
      })
      .optional()
      .describe("The volume that keeps the count, once there is one."),
    backup: z
      .object({
        lastSuccessfulTime: z.iso
          .datetime()
          .optional()
          .describe("When the last backup was written and found whole; none while none was."),
        overdueTime: z.iso
          .datetime()
          .optional()
          .describe(
            "When the second backup since then is due, or since backups were asked for: without a success by then " +
              "something is wrong.",
          ),
      })
      .optional()
      .describe("The backups, where spec asks for them."),
    redis: z
      .object({
        passwordMadeAt: z.iso.datetime().optional().describe("When the passwords in use were made."),
        ...copies,
      })
      .optional()
      .describe("The Redis that keeps the count."),
    lastHealthyRevision: text.describe(
      "Hash of the fields of spec that decide the counter's template, as they were when every counter pod last " +
        "served: the operator's own memory.",
    ),
    rolledBackRevision: text.describe(
      "Hash of the same fields as they were when they were taken back: they are not tried again while they are " +
        "the same.",
    ),
    conditions: z
      .array(condition)
      .optional()
      .meta(listMapBy("type"))
      .describe(
        "What holds now: Ready, Progressing, Degraded and RolledBack; VisitorsCounted, ClientsLimited, CertificateValid, " +
          "PasswordRotated and RedisReplicated where that is wanted; Reconciling and Stalled only while they do.",
      ),
  })
  .describe("What the operator last saw.");
