import { chmod, mkdir, mkdtemp, readlink, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { V1Secret } from "@kubernetes/client-node";

/** A folder with the files of a Secret, which are swapped as the kubelet does it. */
export interface SecretVolume {
  readonly folder: string;
  /** Puts the files of this Secret there, in place of those from before, which are removed. */
  write(secret: V1Secret | undefined): Promise<void>;
  remove(): Promise<void>;
}

/** Makes a volume as the kubelet makes that of a Secret: files lie behind the link `..data`, which alone is renamed. */
export async function makeSecretVolume(): Promise<SecretVolume> {
  const folder = await mkdtemp(join(tmpdir(), "hitcounter-secret-"));
  await chmod(folder, 0o755); // the image's user reads it
  const at = (name: string) => join(folder, name);
  let written = 0;
  return {
    folder,
    async write(secret) {
      written += 1;
      const name = `..${written}`;
      await mkdir(at(name));
      for (const [file, encoded] of Object.entries(secret?.data ?? {})) {
        await writeFile(join(at(name), file), Buffer.from(encoded, "base64"));
      }
      const before = await readlink(at("..data")).catch(() => undefined);
      await symlink(name, at("..data_tmp"));
      await rename(at("..data_tmp"), at("..data"));
      if (before !== undefined) await rm(at(before), { recursive: true });
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
