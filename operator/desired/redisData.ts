/** Where the volume is, in the container. */
export const DATA_FOLDER = "/data";
/** Where Redis has its append-only files. */
export const APPEND_ONLY_FOLDER = `${DATA_FOLDER}/appendonlydir`;
/** The list of these files: without it Redis takes them for none. */
export const FILE_LIST = `${APPEND_ONLY_FOLDER}/appendonly.aof.manifest`;

/**
 * Piece of a shell script: sets $data to a file with data, if there is any. A first start that is cut short leaves an empty
 * base 1, which is not data.
 */
export const FIND_DATA = `data=
for file in ${APPEND_ONLY_FOLDER}/*.aof ${APPEND_ONLY_FOLDER}/*.rdb; do
  case $file in *.1.base.rdb) ;; *) [ -s "$file" ] && data=$file ;; esac
done
`;

/** Where files are made before they are Redis's, so that it finds all of them or none, wherever this is cut short. */
const UNFINISHED = `${DATA_FOLDER}/beginning`;

/**
 * Piece of a shell script: has Redis begin with one append-only file, which the piece `make` writes at $file. After it
 * everything is on disk, as Redis syncs its files and no more their folder.
 */
export const beginWith = (kind: "base.rdb" | "incr.aof", make: string) => `rm -rf ${UNFINISHED}
mkdir ${UNFINISHED}
file=${UNFINISHED}/appendonly.aof.1.${kind}
${make}
echo "file appendonly.aof.1.${kind} seq 1 type ${kind.charAt(0)}" >${UNFINISHED}/appendonly.aof.manifest
sync
rm -rf ${APPEND_ONLY_FOLDER}
mv ${UNFINISHED} ${APPEND_ONLY_FOLDER}
sync
`;
