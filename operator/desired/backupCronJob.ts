import type { V1CronJob } from "@kubernetes/client-node";
import { SCRATCH_FOLDER } from "./backupCheck.ts";
import { BACKUP_AUTH_FOLDER, BACKUP_FOLDER, BACKUP_SCRIPT, BACKUP_SCRIPT_OF_COPIES } from "./backupScript.ts";
import type { Inputs } from "./inputs.ts";
import { child, childName, hasCopies, labels, redisHosts } from "./names.ts";
import { podTemplate, secretFiles } from "./pod.ts";
import { BACKUP_PASSWORD_KEY } from "./redisSecret.ts";
import { REDIS_USER, redisImage } from "./redisStatefulSet.ts";
import { REDIS_PORT } from "./services.ts";

/** How long one try may run, and all that a backup is tried, in seconds. */
const TRY_SECONDS = 1800;
const ALL_TRIES_SECONDS = 7200;

/** Backs the data up, where spec asks for that, with Redis's own image. */
export function backupCronJob(inputs: Inputs): V1CronJob | undefined {
  const { hitCounter } = inputs;
  const { backup } = hitCounter.spec;
  if (!backup) return undefined;
  const { name, uid } = hitCounter.metadata;
  const template = podTemplate(hitCounter, "backup", {
    user: REDIS_USER,
    annotations: {},
    terminationGracePeriodSeconds: 5,
    container: {
      name: "backup",
      image: redisImage(inputs),
      command: [
        ...["sh", "-c", hasCopies(hitCounter) ? BACKUP_SCRIPT_OF_COPIES : BACKUP_SCRIPT, "backup"],
        ...[hasCopies(hitCounter) ? redisHosts(hitCounter).join(" ") : childName(hitCounter, "redis")],
        `${REDIS_PORT}`,
        ...[`${backup.keep}`, name, uid],
      ],
      volumeMounts: [
        { name: "backups", mountPath: BACKUP_FOLDER },
        { name: "auth", mountPath: BACKUP_AUTH_FOLDER, readOnly: true },
        { name: "scratch", mountPath: SCRATCH_FOLDER },
      ],
    },
    volumes: [
      { name: "backups", persistentVolumeClaim: { claimName: childName(hitCounter, "backup") } },
      { name: "auth", secret: secretFiles(hitCounter, BACKUP_PASSWORD_KEY) },
      { name: "scratch", emptyDir: { medium: "Memory", sizeLimit: "16Mi" } },
    ],
  });
  return {
    ...child("batch/v1", "CronJob", hitCounter, "backup"),
    spec: {
      schedule: backup.schedule,
      // By this name every API server knows it, also one without a database of time zones.
      timeZone: "UTC",
      suspend: false,
      concurrencyPolicy: "Forbid",
      // One that could not begin in time, as the cluster was away, is made up for within an hour.
      startingDeadlineSeconds: 3600,
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 1,
      jobTemplate: {
        metadata: { labels: labels(hitCounter, "backup") },
        spec: {
          backoffLimit: 2,
          activeDeadlineSeconds: ALL_TRIES_SECONDS,
          template: {
            ...template,
            // A pod that ended stays as long as its Job does: its last words are what the status tells.
            spec: {
              ...template.spec,
              containers: template.spec?.containers ?? [],
              restartPolicy: "Never",
              activeDeadlineSeconds: TRY_SECONDS,
            },
          },
        },
      },
    },
  };
}
