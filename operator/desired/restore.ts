import type { V1Container, V1Volume } from "@kubernetes/client-node";
import type { HitCounter } from "../api/hitCounter.ts";
import { CHECK, SCRATCH_FOLDER } from "./backupCheck.ts";
import { BACKUP_NAMES } from "./backupScript.ts";
import { beginWith, DATA_FOLDER, FILE_LIST, FIND_DATA } from "./redisData.ts";

/** Where the claim with the backups is, in the container. */
export const RESTORE_FOLDER = "/restore";

const COPY = `cp "$backup" "$file"
[ "$sum" = "\`sha256sum <"$file"\`" ] || { echo "The copy of $backup is damaged" >&2; exit 1; }`;

/**
 * Has a Redis without data begin from a backup: the one that its argument names, else the newest that is whole. Nothing
 * is written before one is found whole, and what is copied is compared with what was checked.
 */
export const RESTORE_SCRIPT = `${CHECK}
set -eu
${FIND_DATA}if [ -n "$data" ] || [ -e ${FILE_LIST} ]; then
  echo "There is data: nothing is restored"
  exit 0
fi
cd ${RESTORE_FOLDER}
backup=$1
if [ -n "$backup" ]; then
  check . "$backup" || { echo "spec.restore.backup $backup is refused, and nothing was written: $why" >&2; exit 1; }
else
  set --
  for file in ${BACKUP_NAMES}; do set -- "$file" "$@"; done
  for file in "$@"; do
    [ -e "$file" ] || continue
    if check . "$file"; then backup=$file; break; fi
    echo "$file is refused: $why" >&2
  done
  if [ -z "$backup" ]; then
    echo "spec.restore is refused, and nothing was written: the claim has no backup that is whole" >&2
    exit 1
  fi
fi
${beginWith("base.rdb", COPY)}echo "Begins from $backup: $hits hits"
`;

/** What has Redis begin from a backup, where spec asks for that: a container that runs before it, and its volumes. */
export function restore(
  { spec }: HitCounter,
  image: string,
  data: string,
): { initContainers: V1Container[]; volumes: V1Volume[] } {
  if (!spec.restore) return { initContainers: [], volumes: [] };
  const { claimName, backup = "" } = spec.restore;
  return {
    initContainers: [
      {
        name: "restore",
        image,
        command: ["sh", "-c", RESTORE_SCRIPT, "restore", backup],
        volumeMounts: [
          { name: data, mountPath: DATA_FOLDER },
          { name: "backups", mountPath: RESTORE_FOLDER, readOnly: true },
          { name: "scratch", mountPath: SCRATCH_FOLDER },
        ],
      },
    ],
    volumes: [
      { name: "backups", persistentVolumeClaim: { claimName } },
      { name: "scratch", emptyDir: { medium: "Memory", sizeLimit: "16Mi" } },
    ],
  };
}
