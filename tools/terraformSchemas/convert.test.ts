import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { readBindings, typeOf } from "./bindings.ts";
import { schemaOf } from "./convert.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bindings-"));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** Puts bindings into the folder as they are published: the TypeScript inside of the source map of its JavaScript. */
async function publish(source: string): Promise<void> {
  const map = Buffer.from(JSON.stringify({ sourcesContent: [source] })).toString("base64");
  const [, type = ""] = /tfResourceType = ("\w+")/.exec(source) ?? [];
  await writeFile(
    join(folder, "index.js"),
    `class Box extends cdktn.TerraformResource {}\nBox.tfResourceType = ${type};\n//# sourceMappingURL=data:application/json;base64,${map}`,
  );
}

const entry = (name: string, kind: string, storage: string, isBlock = false) => `      ${name}: {
        value: whatever,
        isBlock: ${isBlock},
        type: "${kind}",
        storageClassType: "${storage}",
      },
`;

const member = (name: string, flags: string, ...lines: string[]) =>
  `  // ${name} - ${flags}\n${lines.map((line) => `  ${line}\n`).join("")}`;

const required = "computed: false, optional: false, required: true";
const optional = "computed: false, optional: true, required: false";
const computed = "computed: true, optional: false, required: false";

const box = (members: string, entries: string, more = "") => `
export interface BoxConfig extends cdktn.TerraformMetaArguments {
  /**
  * lid block
  */
  readonly lid: BoxLid;
}
${more}
export class Box extends cdktn.TerraformResource {
  public static readonly tfResourceType = "test_box";
        providerVersion: '1.2.3',
${members}
  protected synthesizeHclAttributes(): { [name: string]: any } {
    const attrs = {
${entries}
    };
  }
}
`;

const lid = `
export interface BoxLid {
  readonly colour?: string;
}

export function boxLidToHclTerraform(struct?: BoxLid): any {
${entry("colour", "simple", "string")}
}

export class BoxLidOutputReference extends cdktn.ComplexObject {
${member("colour", optional, "private _colour?: string;", "public get colour() {")}
}
`;

const schema = (nestedAttributes = false) => schemaOf(readBindings(folder), nestedAttributes);

describe("the schema that bindings were made from", () => {
  it("has the types and the flags of attributes", async () => {
    await publish(
      box(
        member("name", required, "private _name?: string;", "public get name() {") +
          member("sizes", optional, "private _sizes?: number[];", "public get sizes() {") +
          member("labels", optional, "private _labels?: {};", "public get labels() {") +
          member("arn", computed, "public get arn() {", "  return this.getStringAttribute('arn');") +
          member(
            "zones",
            computed,
            "public get zones() {",
            "  return cdktn.Fn.tolist(this.getListAttribute('zones'));",
          ),
        entry("name", "simple", "string") +
          entry("sizes", "set", "numberList") +
          entry("labels", "map", "stringMap"),
      ),
    );

    expect(schema()).toEqual({
      attributes: {
        name: { type: "string", required: true },
        sizes: { type: ["set", "number"], optional: true },
        labels: { type: ["map", "string"], optional: true },
        arn: { type: "string", computed: true },
        zones: { type: ["set", "string"], computed: true },
      },
      block_types: {},
    });
    expect([typeOf(folder), readBindings(folder).version]).toEqual(["test_box", "1.2.3"]);
  });

  it("has a block where the provider documents one, once if there may be one", async () => {
    await publish(
      box(
        member(
          "lid",
          required,
          'private _lid = new BoxLidOutputReference(this, "lid");',
          "public get lid() {",
        ),
        entry("lid", "list", "BoxLidList", true),
        lid,
      ),
    );

    expect(schema().block_types).toEqual({
      lid: {
        block: { attributes: { colour: { type: "string", optional: true } }, block_types: {} },
        nesting_mode: "list",
        max_items: 1,
        min_items: 1,
      },
    });
  });

  it("has an object where there is no such block, with flags of its members where the provider has them", async () => {
    await publish(
      box(
        member(
          "top",
          optional,
          'private _top = new BoxLidOutputReference(this, "top");',
          "public get top() {",
        ),
        entry("top", "struct", "BoxLid", true),
        lid,
      ),
    );

    expect(schema().attributes).toEqual({ top: { type: ["object", { colour: "string" }], optional: true } });
    expect(schema(true).attributes).toEqual({
      top: {
        nested_type: { attributes: { colour: { type: "string", optional: true } }, nesting_mode: "single" },
        optional: true,
      },
    });
  });

  it("is not guessed at", async () => {
    await publish(
      box(member("odd", computed, "public get odd() {", "  return this.getOddAttribute('odd');"), ""),
    );

    expect(() => schema()).toThrow("Box: the type of odd is unknown");
  });
});
