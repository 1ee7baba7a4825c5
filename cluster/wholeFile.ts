import { chmod, rename, writeFile } from "node:fs/promises";
import process from "node:process";

/**
 * Writes a file that appears under its name only when it is whole, whatever else reads or writes it meanwhile. Its mode,
 * where one is given, is so whatever this user's umask.
 */
export async function writeWhole(path: string, content: string | Uint8Array, mode?: number): Promise<void> {
  const unfinished = `${path}.${process.pid}`;
  await writeFile(unfinished, content);
  if (mode !== undefined) await chmod(unfinished, mode);
  await rename(unfinished, path);
}
