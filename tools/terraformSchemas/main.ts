import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { terminalProgress } from "../../cluster/progress.ts";
import { readBindings, typeOf } from "./bindings.ts";
import { schemaOf } from "./convert.ts";
import { type BindingsPackage, download, packages } from "./packages.ts";
import type { ProviderSchemas } from "./schema.ts";
import { typesInUse } from "./typesInUse.ts";

// npm run terraform:schemas writes test/support/terraform/schemas: what the providers' schemas say of the types that
// terraform/ uses. Needed when it uses another type, or another version of a provider. The package for AWS has 46 MB.

const root = join(import.meta.dirname, "../..");
const target = join(root, "test/support/terraform/schemas");
const progress = terminalProgress();
const types = await typesInUse(join(root, "terraform"));

for (const [provider, from] of Object.entries(packages)) {
  await progress.step(`The schema of ${provider}, from ${from.name} ${from.version}`, async () => {
    const folder = await mkdtemp(join(tmpdir(), "hitcounter-schema-"));
    try {
      const content = schemaFile(provider, from, await download(from, folder));
      await mkdir(target, { recursive: true });
      await writeFile(join(target, `${provider}.json`), content);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}

function schemaFile(provider: string, from: BindingsPackage, bindings: string): string {
  const read = (folder: string) => readBindings(join(bindings, folder));
  const convert = (folder: string) => schemaOf(read(folder), from.nestedAttributes ?? false);
  const schemas: ProviderSchemas = {
    provider: { version: 0, block: convert("provider") },
    resource_schemas: {},
    data_source_schemas: {},
  };
  for (const type of types) {
    const [, data = "", name = ""] = /^(data\.)?(.*)$/.exec(type) ?? [];
    if (!name.startsWith(`${provider}_`)) continue;
    const folder = (data ? `data_${name}` : name.slice(`${provider}_`.length)).replaceAll("_", "-");
    if (typeOf(join(bindings, folder)) !== type) throw new Error(`${folder} is not that of ${type}`);
    const kind = data ? schemas.data_source_schemas : schemas.resource_schemas;
    kind[name] = { version: 0, block: convert(folder) };
  }
  return `{
  "made_from": "${from.name} ${from.version} of ${from.from}, MPL-2.0, by npm run terraform:schemas",
  "provider_version": "${read("provider").version}",
  "provider_schemas": {
    "registry.terraform.io/hashicorp/${provider}": {
      "provider": ${oneLine(schemas.provider)},
      "resource_schemas": ${lineEach(schemas.resource_schemas)},
      "data_source_schemas": ${lineEach(schemas.data_source_schemas)}
    }
  }
}
`;
}

/** A line for each type, so that a change of one is seen as such. */
function lineEach(schemas: Record<string, unknown>): string {
  const lines = Object.entries(schemas).map(([type, schema]) => `        "${type}": ${oneLine(schema)}`);
  return lines.length > 0 ? `{\n${lines.join(",\n")}\n      }` : "{}";
}

function oneLine(schema: unknown): string {
  return JSON.stringify(schema, (key, value) =>
    ["attributes", "block_types"].includes(key) && Object.keys(value).length === 0 ? undefined : value,
  );
}
