import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

// Reads the bindings that CDK Terrain generates from a provider's schema. Their JavaScript carries the TypeScript that
// it was made from in its source maps, and in that stands all that the schema said but bounds, patterns and defaults.

/** How a value is written to HCL: one entry of a `…ToHclTerraform` function. */
export interface HclEntry {
  isBlock: boolean;
  /** `simple`, `list`, `set`, `map` or `struct`. */
  kind: string;
  storage: string;
}

/** One member of a class, as its comment and the two lines under it tell. */
export interface Member {
  name: string;
  computed: boolean;
  optional: boolean;
  required: boolean;
  text: string;
}

/** What one resource, data source or provider is bound by. */
export interface Bindings {
  /** What a class of this name extends: `TerraformResource`, `ComplexList` and so on. */
  base(className: string): string | undefined;
  members(className: string): Member[];
  /** How the members of a class or a struct of this name are written. */
  hcl(name: string): Record<string, HclEntry>;
  /** Members of an interface: name, type in TypeScript, and whether it may be left out. */
  fields(name: string): { name: string; type: string; optional: boolean }[];
  /** Whether the schema has this member of the interface as a block. */
  isBlock(interfaceName: string, member: string): boolean;
  /** The class that is the resource, the data source or the provider itself. */
  main: string;
  /** The provider's version. */
  version: string;
}

const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => [...match]);

/** The TypeScript of a folder of bindings. */
function sourceOf(folder: string): string {
  const parts = join(folder, "index-structs");
  const more = existsSync(parts) ? readdirSync(parts).filter((name) => /^structs\d+\.js$/.test(name)) : [];
  return [join(folder, "index.js"), ...more.map((name) => join(parts, name))]
    .map((file) => {
      const script = readFileSync(file, "utf8");
      const map = script.slice(script.lastIndexOf("base64,") + "base64,".length).trim();
      const { sourcesContent } = JSON.parse(Buffer.from(map, "base64").toString()) as {
        sourcesContent: string[];
      };
      return sourcesContent[0] ?? "";
    })
    .join("\n");
}

/** Type of the resource or data source whose bindings lie in a folder (`data.` before that of the latter). */
export function typeOf(folder: string): string | undefined {
  const script = readFileSync(join(folder, "index.js"), "utf8");
  const type = /tfResourceType = "(\w+)"/.exec(script)?.[1];
  return type && /extends cdktn\.TerraformDataSource/.test(script) ? `data.${type}` : type;
}

export function readBindings(folder: string): Bindings {
  const source = sourceOf(folder);
  const blocksOf = (pattern: RegExp) =>
    new Map(matches(source, pattern).map(([, name = "", body = ""]) => [name, body]));
  const bases = blocksOf(/^export class (\w+) extends cdktn\.(\w+) \{/gm);
  const classes = blocksOf(/^export class (\w+) extends cdktn\.\w+ \{\n([\s\S]*?)\n\}$/gm);
  const functions = blocksOf(/^export function (\w+)ToHclTerraform\([^\n]*\n([\s\S]*?)\n\}$/gm);
  const interfaces = blocksOf(/^export interface (\w+)(?: extends [\w.]+)? \{\n([\s\S]*?)\n\}$/gm);
  const main = [...bases].find(([, base]) => /^Terraform(Resource|DataSource|Provider)$/.test(base))?.[0];
  const version = /providerVersion: '([^']+)'/.exec(source)?.[1];
  if (main === undefined || version === undefined) {
    throw new Error(`${folder} has no bindings of a resource, a data source or a provider`);
  }
  const structName = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);
  return {
    main,
    version,
    base: (className) => bases.get(className),
    members: (className) =>
      matches(
        classes.get(className) ?? "",
        /\/\/ ([\w-]+) - computed: (true|false), optional: (true|false), required: (true|false)\n([^\n]*\n[^\n]*)/g,
      ).map(([, name = "", computed, optional, required, text = ""]) => ({
        name,
        computed: computed === "true",
        optional: optional === "true",
        required: required === "true",
        text,
      })),
    hcl: (name) => {
      const own = /synthesizeHclAttributes\(\)[^\n]*\n([\s\S]*?)\n {2}\}/.exec(classes.get(name) ?? "")?.[1];
      const entry =
        /^ +"?([\w-]+)"?: \{\n +value: [^\n]*\n +isBlock: (\w+),\n +type: "(\w+)",\n +storageClassType: "(\w+)"/gm;
      return Object.fromEntries(
        matches(own ?? functions.get(structName(name)) ?? "", entry).map(
          ([, member = "", isBlock, kind = "", storage = ""]) => [
            member,
            { isBlock: isBlock === "true", kind, storage },
          ],
        ),
      );
    },
    fields: (name) =>
      matches(interfaces.get(name) ?? "", /#([\w-]+) \w+#[\w-]+\}[\s\S]*?readonly \w+(\??): ([^;]*);/g).map(
        ([, field = "", optional, type = ""]) => ({ name: field, type, optional: optional === "?" }),
      ),
    isBlock: (interfaceName, member) =>
      new RegExp(`\\* ${member} block\\n`).test(interfaces.get(interfaceName) ?? ""),
  };
}
