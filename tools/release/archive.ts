import { readFile, rm, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { run } from "../../cluster/shell.ts";

/**
 * Packs parts of a folder as .tgz, the same bytes for the same content: names in order, no owners, and one time for all
 * (seconds since 1970), as reproducible-builds.org describes.
 */
export async function writeArchive(
  path: string,
  folder: string,
  names: readonly string[],
  epoch: number,
): Promise<void> {
  const tar = `${path}.tar`;
  await run("tar", [
    ...[
      "--create",
      "--file",
      tar,
      "--directory",
      folder,
      "--format=ustar",
      "--sort=name",
      `--mtime=@${epoch}`,
    ],
    ...["--owner=0", "--group=0", "--numeric-owner", "--mode=u=rwX,go=rX", ...names],
  ]);
  // Without a name or a time in its header, which the program gzip would write.
  await writeFile(path, gzipSync(await readFile(tar), { level: 9 }));
  await rm(tar);
}
