import type { Bindings, HclEntry, Member } from "./bindings.ts";
import {
  type Attribute,
  type AttributeType,
  type Block,
  type Flags,
  type NestedBlock,
  type Nesting,
  objectType,
} from "./schema.ts";

const SIMPLE: Record<string, AttributeType> = {
  string: "string",
  number: "number",
  boolean: "bool",
  any: "dynamic",
};

/** A type by how its values are stored: `string`, `numberList`, `stringMap` and so on. */
function storedType({ kind, storage }: HclEntry): AttributeType | undefined {
  const [, element = "", collection] = /^([a-z]+)(List|Map|Set)?$/.exec(storage) ?? [];
  const type = SIMPLE[element];
  if (type === undefined || collection === undefined) return type;
  if (collection === "Map") return type === "dynamic" ? "dynamic" : ["map", type];
  return [kind === "set" ? "set" : "list", type];
}

const GETTERS: [pattern: RegExp, type: AttributeType][] = [
  [/getStringAttribute\(/, "string"],
  [/getNumberAttribute\(/, "number"],
  [/getBooleanAttribute\(/, "bool"],
  [/Fn\.tolist\(this\.getListAttribute\(/, ["set", "string"]],
  [/getListAttribute\(/, ["list", "string"]],
  [/getNumberListAttribute\(/, ["list", "number"]],
  [/getStringMapAttribute\(|new cdktn\.StringMap\(/, ["map", "string"]],
  [/getNumberMapAttribute\(|new cdktn\.NumberMap\(/, ["map", "number"]],
  [/getBooleanMapAttribute\(|new cdktn\.BooleanMap\(/, ["map", "bool"]],
];

/** What one class or struct of the bindings stands for: the name it has without `List`, `Map` or `OutputReference`. */
interface Nested {
  name: string;
  members: Block;
  many: boolean;
  nesting: Nesting;
}

/**
 * The schema that bindings were made from. Throws where it does not understand them, so that no part of it is missing
 * silently. `nestedAttributes`: whether the provider has attributes whose members have flags (protocol 6).
 */
export function schemaOf(bindings: Bindings, nestedAttributes: boolean): Block {
  const { main } = bindings;
  const schema = ofClass(main, `${main}Config`, main);
  if (bindings.base(main) === "TerraformProvider") delete schema.attributes.alias; // of the language, not the provider
  return schema;

  function ofClass(className: string, interfaceName: string, hclName: string): Block {
    const hcl = bindings.hcl(hclName);
    const block: Block = { attributes: {}, block_types: {} };
    for (const member of bindings.members(className)) {
      const entry = hcl[member.name];
      const nested = nestedIn(member, entry);
      if (nested) add(block, interfaceName, member.name, flagsOf(member), entry, nested);
      else block.attributes[member.name] = { type: typeOf(member, entry), ...flagsOf(member) };
    }
    return block;
  }

  /** A struct without a class of its own, as those of a provider's configuration are. */
  function ofInterface(name: string): Block {
    const hcl = bindings.hcl(name);
    const block: Block = { attributes: {}, block_types: {} };
    for (const field of bindings.fields(name)) {
      const entry = hcl[field.name];
      const flags: Flags = field.optional ? { optional: true } : { required: true };
      const nested = entry?.isBlock ? structOf(field.type, entry) : undefined;
      if (nested) {
        add(block, name, field.name, flags, entry, nested);
        continue;
      }
      const type = entry && storedType(entry);
      if (!type) throw new Error(`${main}: the type of ${name}.${field.name} (${field.type}) is unknown`);
      block.attributes[field.name] = { type, ...flags };
    }
    return block;
  }

  function nestedIn({ text }: Member, entry: HclEntry | undefined): Nested | undefined {
    const [, className, isSet] = /new (\w+)\(this, "[\w-]+"(?:, (true|false))?\)/.exec(text) ?? [];
    if (className === undefined) {
      const struct = /private _\w+\??: (\w+(?:\[\])?)/.exec(text)?.[1];
      return entry?.isBlock && struct ? structOf(struct, entry) : undefined;
    }
    const base = bindings.base(className);
    const name = className.replace(/(List|Map|OutputReference)$/, "");
    const many = base === "ComplexList" || base === "ComplexMap";
    const members = ofClass(`${name}OutputReference`, name, name);
    if (entry?.kind === "struct" || (!entry && !many)) return { name, members, many, nesting: "single" };
    if (base === "ComplexMap") return { name, members, many, nesting: "map" };
    return { name, members, many, nesting: isSet === "true" || entry?.kind === "set" ? "set" : "list" };
  }

  function structOf(type: string, { kind }: HclEntry): Nested | undefined {
    const [, name = "", list] = /^(\w+)(\[\])?/.exec(type) ?? [];
    if (bindings.fields(name).length === 0) return undefined;
    const nesting = kind === "struct" ? "single" : kind === "set" ? "set" : kind === "map" ? "map" : "list";
    return { name, members: ofInterface(name), many: list !== undefined, nesting };
  }

  function add(
    block: Block,
    interfaceName: string,
    name: string,
    flags: Flags,
    entry: HclEntry | undefined,
    { members, many, nesting }: Nested,
  ): void {
    if (entry && bindings.isBlock(interfaceName, name)) {
      const nested: NestedBlock = { block: members, nesting_mode: nesting };
      if (!many && nesting !== "single") nested.max_items = 1;
      if (flags.required) nested.min_items = 1;
      block.block_types[name] = nested;
    } else if (entry && nestedAttributes) {
      block.attributes[name] = {
        nested_type: { attributes: members.attributes, nesting_mode: nesting },
        ...flags,
      };
    } else {
      const type = objectType(members);
      block.attributes[name] = { type: nesting === "single" ? type : [nesting, type], ...flags };
    }
  }

  function typeOf({ name, text }: Member, entry: HclEntry | undefined): AttributeType {
    const type = entry ? storedType(entry) : GETTERS.find(([pattern]) => pattern.test(text))?.[1];
    if (!type) throw new Error(`${main}: the type of ${name} is unknown: ${text.trim()}`);
    return type;
  }
}

function flagsOf({ required, optional, computed }: Member): Pick<Attribute, keyof Flags> {
  return {
    ...(required ? { required } : {}),
    ...(optional ? { optional } : {}),
    ...(computed ? { computed } : {}),
  };
}
