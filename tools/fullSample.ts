import { stringify } from "yaml";
import { z } from "zod";
import { API_VERSION, type HitCounterSpecInput, KIND } from "../operator/api/hitCounter.ts";
import { hitCounterSpec } from "../operator/api/spec.ts";

/** Longest line, without its indent. */
const WIDTH = 100;

interface Schema {
  description?: string;
  properties?: Record<string, Schema>;
}
type Fields = Readonly<Record<string, unknown>>;

/**
 * A HitCounter with every field there is: with its default, or where it has none, in a comment as in the example. What
 * can't be beside another, which the example has, is in a comment of its own as in the other one.
 */
export function fullSample(example: HitCounterSpecInput, other: HitCounterSpecInput): string {
  const schema = z.toJSONSchema(hitCounterSpec, { io: "input" }) as Schema;
  const defaults = hitCounterSpec.parse({ version: example.version });
  const told = new Set<string>();
  const lines = [
    "# Every field there is, with its default. One that has none is in a comment, with a value that shows its form.",
    "# Made from operator/api by `npm run generate`. Do not edit.",
    stringify({ apiVersion: API_VERSION, kind: KIND, metadata: { name: "every-field" } }).trimEnd(),
    "spec:",
    ...Object.entries(schema.properties ?? {}).flatMap(([name, field], index) => [
      ...(index === 0 ? [] : [""]),
      ...indented(fieldLines(name, field, defaults, [example, other], told)),
    ]),
  ];
  return `${lines.join("\n")}\n`;
}

/** A field below its description, where that was not told of another before; in a comment where it is not set. */
function fieldLines(
  name: string,
  field: Schema,
  set: Fields,
  [example, other]: readonly [Fields, Fields],
  told: Set<string>,
): string[] {
  const { description = "", properties = {} } = field;
  const comment = told.has(description) ? [] : wrapped(description);
  told.add(description);
  const isSet = name in set;
  const isExcluded = !isSet && !(name in example);
  const value = isSet ? set[name] : (isExcluded ? other : example)[name];
  const within = isSet ? example[name] : value; // in a comment all is as in the example, and none a comment in it
  const inner = Object.entries(properties).flatMap(([each, of]) =>
    fieldLines(each, of, value as Fields, [within as Fields, (other[name] ?? {}) as Fields], told),
  );
  const lines = inner.length > 0 ? [`${name}:`, ...indented(inner)] : written(name, value);
  return [...comment, ...(isSet ? lines : lines.map((line) => `# ${line}`))];
}

const indented = (lines: string[]) => lines.map((line) => `  ${line}`);

/** A field on one line where it fits, else with each of its fields or items on lines of its own. */
function written(name: string, value: unknown): string[] {
  const line = `${name}: ${inOneLine(value)}`;
  if (line.length <= WIDTH || typeof value !== "object" || value === null) return [line];
  if (!Array.isArray(value)) return [`${name}:`, ...indented(fieldsWritten(value))];
  return [`${name}:`, ...value.flatMap((item) => indented(itemWritten(item)))];
}

const fieldsWritten = (value: object) =>
  Object.entries(value).flatMap(([name, inner]) => written(name, inner));

function itemWritten(item: unknown): string[] {
  const line = inOneLine(item);
  const lines = line.length <= WIDTH ? [line] : fieldsWritten(item as object);
  return lines.map((each, index) => `${index === 0 ? "-" : " "} ${each}`);
}

function inOneLine(value: unknown): string {
  // Quoted, as whoever changes it to 1.1 would else make a number of it.
  if (typeof value === "string" && /^[\d.]+$/.test(value)) return JSON.stringify(value);
  return stringify(value, { collectionStyle: "flow", lineWidth: 0 }).trimEnd();
}

/** A text as comments that fit. */
function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1) ?? "#"} ${word}`;
    if (lines.length > 0 && longer.length <= WIDTH) lines[lines.length - 1] = longer;
    else lines.push(`# ${word}`);
  }
  return lines;
}
