import { link, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { cached, hashOf } from "../../../cluster/cache.ts";
import { requireGo } from "../../../cluster/go.ts";
import type { Progress } from "../../../cluster/progress.ts";
import { run } from "../../../cluster/shell.ts";

const PROGRAM = join(import.meta.dirname, "schemaProvider");
/** Where the schemas lie, a file for each provider. */
export const SCHEMAS = join(import.meta.dirname, "schemas");
const BUILD_TIMEOUT_SECONDS = 15 * 60;

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
    await requireGo("the provider of Terraform's schemas");
    const title = "Building the provider of Terraform's schemas from its Go module (once; half a minute)";
    await progress.step(title, async () => {
      const program = join(mirror, "program");
      await run("go", ["build", "-trimpath", "-ldflags", "-s -w", "-o", program, "."], {
        cwd: PROGRAM,
        env: { CGO_ENABLED: "0" },
        timeoutSeconds: BUILD_TIMEOUT_SECONDS,
      });
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
