import { describe, expect, it } from "@jest/globals";
import { hitCounterWith, inputsFor } from "../testing/fixtures.ts";
import { backupCronJob } from "./backupCronJob.ts";
import { backupClaim } from "./claim.ts";
import { derivedPassword } from "./passwords.ts";
import { redisStatefulSet } from "./redisStatefulSet.ts";
import { BACKUP_USER } from "./redisUsers.ts";

const backup = { schedule: "30 2 * * *", keep: 3, storage: { size: "2Gi", storageClassName: "cheap" } };
const podOf = (spec: Parameters<typeof hitCounterWith>[0]) =>
  backupCronJob(inputsFor(hitCounterWith(spec)))?.spec?.jobTemplate.spec?.template.spec;

describe("the CronJob of backups", () => {
  it("is there where spec asks for backups", () => {
    expect(backupCronJob(inputsFor(hitCounterWith()))).toBeUndefined();
    expect(backupCronJob(inputsFor(hitCounterWith({ backup })))?.spec).toMatchObject({
      schedule: "30 2 * * *",
      timeZone: "UTC",
      concurrencyPolicy: "Forbid",
    });
  });

  it("runs Redis's image where Redis runs, and tries no longer than its Job may take", () => {
    const redis = { image: "example.com/my-redis:1", pod: { nodeSelector: { disk: "ssd" } } };
    const pod = podOf({ backup, redis });
    expect(pod).toMatchObject({ restartPolicy: "Never", nodeSelector: { disk: "ssd" } });
    expect(pod?.containers[0]?.image).toBe("example.com/my-redis:1");
    const job = backupCronJob(inputsFor(hitCounterWith({ backup })))?.spec?.jobTemplate.spec;
    const tries = (job?.backoffLimit ?? 0) + 1;
    expect(tries * (pod?.activeDeadlineSeconds ?? 0)).toBeLessThanOrEqual(job?.activeDeadlineSeconds ?? 0);
  });

  it("has the password in a file, and in no argument and no environment", () => {
    const [container] = podOf({ backup })?.containers ?? [];
    expect(container?.env).toBeUndefined();
    expect(JSON.stringify(container)).not.toContain(
      derivedPassword(inputsFor(hitCounterWith()).passwords.current, BACKUP_USER),
    );
    expect(container?.command?.slice(3)).toEqual(["backup", "web-redis", "6379", "3", "web", "uid-of-web"]);
  });
});

describe("the claim of backups", () => {
  it("is of nobody, and found by its labels", () => {
    const { metadata, spec } = backupClaim(hitCounterWith({ backup }), backup.storage);
    expect(metadata).toMatchObject({ name: "web-backup", labels: { "app.kubernetes.io/instance": "web" } });
    expect(metadata).not.toHaveProperty("ownerReferences");
    expect(spec).toMatchObject({ storageClassName: "cheap", resources: { requests: { storage: "2Gi" } } });
  });
});

describe("the pod of Redis", () => {
  const redisPod = (spec: Parameters<typeof hitCounterWith>[0]) =>
    redisStatefulSet(inputsFor(hitCounterWith(spec))).spec?.template;

  it("reads a claim before it starts where spec wants it to begin from a backup, and only reads it", () => {
    expect(redisPod({})?.spec).not.toHaveProperty("initContainers");
    const pod = redisPod({ restore: { claimName: "old", backup: "a.rdb" } })?.spec;
    const [container] = pod?.initContainers ?? [];
    expect(container?.command?.slice(3)).toEqual(["restore", "a.rdb"]);
    expect(container?.volumeMounts?.find(({ name }) => name === "backups")?.readOnly).toBe(true);
    expect(pod?.volumes).toContainEqual({ name: "backups", persistentVolumeClaim: { claimName: "old" } });
  });

  it("is the same whatever it begins at, and whether backups are made", () => {
    expect(redisPod({ initialHits: 7, backup })).toEqual(redisPod({}));
  });
});

describe("the scripts", () => {
  it("have nothing in them that Kubernetes takes for a variable of its own", () => {
    const spec = { backup, restore: { claimName: "old" } };
    const pods = [podOf(spec), redisStatefulSet(inputsFor(hitCounterWith(spec))).spec?.template.spec];
    const commands = pods.flatMap((pod) =>
      [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])].map(({ command = [] }) =>
        command.join("\n"),
      ),
    );
    expect(commands).toHaveLength(3);
    for (const command of commands) expect(command).not.toMatch(/\$\((?!\()|\$\$/);
  });
});
