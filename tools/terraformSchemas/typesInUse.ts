import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** Types of the resources, and with `data.` before them of the data sources, that the `.tf` files below a folder use. */
export async function typesInUse(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith(".tf"));
  const texts = await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), "utf8")));
  const types = texts.flatMap((text) =>
    [...text.matchAll(/^(resource|data) "(\w+)"/gm)].map(([, kind, type]) =>
      kind === "data" ? `data.${type}` : `${type}`,
    ),
  );
  return [...new Set(types)].sort();
}
