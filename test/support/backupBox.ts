import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BACKUP_AUTH_FOLDER, BACKUP_FOLDER, BACKUP_SCRIPT } from "../../operator/desired/backupScript.ts";
import { BACKUP_PASSWORD_KEY, redisSecret } from "../../operator/desired/redisSecret.ts";
import { RESTORE_FOLDER, RESTORE_SCRIPT } from "../../operator/desired/restore.ts";
import { hitCounterWith, inputsFor } from "../../operator/testing/fixtures.ts";
import { type ContainerOptions, startContainer } from "./container.ts";
import { sizeOf } from "./size.ts";

/** What became of a script, and what it said on the way. */
export interface Run {
  /** Its exit code; 137 where it was killed. */
  readonly code: number;
  readonly said: string;
  /** Its commands that had begun, where it was to be killed. */
  readonly steps: readonly string[];
}

/** Where a script is killed: before so many of its commands had begun, or where the last of them is half done. */
export interface Kill {
  readonly before: number;
  readonly half?: boolean;
}

/** A container of Redis's image, with the folders that backups and restores see. */
export interface BackupBox {
  /** The folder with the backups, and that of Redis's data, on this machine. */
  readonly backups: string;
  readonly data: string;
  backUp(redisPort: number, keep?: number, kill?: Kill): Promise<Run>;
  restore(backup?: string, kill?: Kill): Promise<Run>;
  /** Runs another script of the product's, with its arguments. */
  run(script: string, words: readonly string[], kill?: Kill): Promise<Run>;
  remove(): Promise<void>;
}

/** What the scripts run that changes or reads files; each can be the last that is begun. */
const COMMANDS = ["cp", "mkdir", "mv", "redis-check-rdb", "redis-cli", "rm", "sha256sum", "sync"];
const STEPS = "/steps";

/** Stands in for a command: counts, and kills the whole script before its turn, or with half of a copy made. */
const stepOf = (command: string) => `#!/bin/sh
echo ${command} >>${STEPS}/begun
if [ \`wc -l <${STEPS}/begun\` -gt "$STEPS_DONE" ]; then
  [ "$HALF" = yes ] && [ ${command} = cp ] && head -c 100 "$1" >"$2"
  kill -9 "$SCRIPT"
  exit 1
fi
exec /usr/bin/${command} "$@"
`;

/** Killed nowhere, and its commands counted. */
export const UNKILLED: Kill = { before: Number.MAX_SAFE_INTEGER };

/** So many places of a script with so many commands to kill it at, spread over all of them; every one in the soak. */
export function killsIn(steps: number, wanted = sizeOf("SCRIPT_KILLS", { test: 5, soak: 100 })): number[] {
  const many = Math.min(steps, wanted);
  return Array.from({ length: many }, (_, index) => Math.floor((index * steps) / many));
}

/** Opens one; the password that it has is that of a Redis started with one. */
export async function openBackupBox(image: ContainerOptions["image"] = "redis"): Promise<BackupBox> {
  const folder = await mkdtemp(join(tmpdir(), "hitcounter-backups-"));
  const at = (name: string) => join(folder, name);
  const [backups, data, auth, steps] = ["backups", "data", "auth", "steps"].map(at) as [
    string,
    string,
    string,
    string,
  ];
  for (const each of [backups, data, auth, steps]) await mkdir(each);
  const { data: secret = {} } = redisSecret(inputsFor(hitCounterWith()));
  await writeFile(join(auth, BACKUP_PASSWORD_KEY), Buffer.from(secret[BACKUP_PASSWORD_KEY] ?? "", "base64"));
  for (const command of COMMANDS) {
    await writeFile(join(steps, command), stepOf(command));
    await chmod(join(steps, command), 0o755);
  }
  const container = await startContainer({
    name: "backups",
    image,
    command: ["sleep", "3600"],
    mounts: {
      "/data": data,
      [BACKUP_FOLDER]: backups,
      [RESTORE_FOLDER]: backups,
      [BACKUP_AUTH_FOLDER]: auth,
      [STEPS]: steps,
    },
    asMyself: true,
  });
  const run = async (script: string, words: readonly string[], kill?: Kill): Promise<Run> => {
    await writeFile(join(steps, "begun"), "");
    const env = kill
      ? [`PATH=${STEPS}:/usr/bin`, `STEPS_DONE=${kill.before}`, `HALF=${kill.half ? "yes" : "no"}`]
      : [];
    const asItself = `SCRIPT=$$; export SCRIPT\n${script}`;
    const said = await container.exec(
      ...["sh", "-c", '"$@" 2>&1; echo "ended $?"', "run"],
      ...["env", "HOSTNAME=box", ...env, "sh", "-c", asItself, "script", ...words],
    );
    const [, text = "", code = ""] = /^([\s\S]*)ended (\d+)\s*$/.exec(said) ?? [];
    return {
      code: Number(code),
      said: text,
      steps: (await readFile(join(steps, "begun"), "utf8")).trim().split("\n"),
    };
  };
  return {
    backups,
    data,
    run,
    backUp: (port, keep = 7, kill) =>
      run(BACKUP_SCRIPT, ["127.0.0.1", `${port}`, `${keep}`, "web", "uid-of-web"], kill),
    restore: (backup = "", kill) => run(RESTORE_SCRIPT, [backup], kill),
    async remove() {
      await container.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
