// A provider's schema, as `terraform providers schema -json` has it.

export type AttributeType =
  | "string"
  | "number"
  | "bool"
  | "dynamic"
  | ["list" | "set" | "map", AttributeType]
  | ["object", Record<string, AttributeType>];

export type Nesting = "single" | "list" | "set" | "map";

export interface Flags {
  required?: true;
  optional?: true;
  computed?: true;
}

export interface Attribute extends Flags {
  type?: AttributeType;
  /** In place of a type, where the members have flags of their own. */
  nested_type?: { attributes: Record<string, Attribute>; nesting_mode: Nesting };
}

export interface NestedBlock {
  block: Block;
  nesting_mode: Nesting;
  min_items?: 1;
  max_items?: 1;
}

export interface Block {
  attributes: Record<string, Attribute>;
  block_types: Record<string, NestedBlock>;
}

export interface ProviderSchemas {
  provider: { version: 0; block: Block };
  resource_schemas: Record<string, { version: 0; block: Block }>;
  data_source_schemas: Record<string, { version: 0; block: Block }>;
}

/** The type that an attribute of objects has where its members have no flags. */
export function objectType({ attributes, block_types }: Block): AttributeType {
  const members: [string, AttributeType][] = Object.entries(attributes).map(([name, { type }]) => {
    if (type === undefined) throw new Error(`the type of ${name} is nested`);
    return [name, type];
  });
  const blocks = Object.entries(block_types).map(
    ([name, { nesting_mode, block }]): [string, AttributeType] => [
      name,
      nesting_mode === "single" ? objectType(block) : [nesting_mode, objectType(block)],
    ],
  );
  return ["object", Object.fromEntries([...members, ...blocks])];
}
