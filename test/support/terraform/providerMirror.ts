import { link, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { cached, hashOf } from "../../../cluster/cache.ts";
import { goBuild } from "../../../cluster/goBuild.ts";
import type { Progress } from "../../../cluster/progress.ts";

const PROGRAM = join(import.meta.dirname, "schemaProvider");
/** Where the schemas lie, a file for each provider. */
export const SCHEMAS = join(import.meta.dirname, "schemas");

interface SchemaFile {
  provider_version: string;
  /** One provider, by its address. */
  provider_schemas: Record<string, object>;
}

/**
 * A folder that Terraform takes for a mirror of its registry: each of the providers that `terraform/` uses, as a
 * program that knows the real one's schema and nothing else. Built once and kept in the user's cache folder.
 */
export async function ensureProviderMirror(progress: Progress): Promise<string> {
  const key = await hashOf([PROGRAM, SCHEMAS], process.arch);
  return await cached("terraform-providers", key, async (mirror) => {
    const title = "Building the provider of Terraform's schemas from its Go module (once; half a minute)";
    await progress.step(title, async (tell) => {
      const program = join(mirror, "program");
      const name = "The provider of Terraform's schemas";
      await goBuild({ name, cwd: PROGRAM, packages: ["."], output: program }, tell);
      for (const file of await readdir(SCHEMAS)) await addProvider(mirror, program, join(SCHEMAS, file));
      await rm(program);
    });
  });
}

async function addProvider(mirror: string, program: string, schemaFile: string): Promise<void> {
  const text = await readFile(schemaFile, "utf8");
  const { provider_version: version, provider_schemas: schemas } = JSON.parse(text) as SchemaFile;
  const [address = ""] = Object.keys(schemas);
  const platform = `linux_${process.arch === "x64" ? "amd64" : process.arch}`;
  const folder = join(mirror, address, version, platform);
  await mkdir(folder, { recursive: true });
  await link(program, join(folder, `terraform-provider-${address.split("/").at(-1)}_v${version}`));
  await writeFile(join(folder, "schema.json"), text);
}
