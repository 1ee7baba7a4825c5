import * as z from "zod";
import { showParameter } from "./contract.ts";

/** A query that asks for a badge that there is none of; the sentence is for whoever wrote it. */
export class BadBadge extends Error {}

/** The longest query that is read: a label of 64 characters, each written by 12, and all else. */
const LONGEST = 1024;
const LONGEST_LABEL = 64;

/** Colours that badges have names for. */
const COLOURS: readonly string[] = [
  ...["brightgreen", "green", "yellowgreen", "yellow", "orange", "red", "blue", "grey", "gray"],
  ...["lightgrey", "lightgray", "success", "important", "critical", "informational", "inactive"],
];

/**
 * What no label has: what XML can't hold, what breaks a line, and what turns the direction of the text around, by which
 * a label could turn the digits of the number.
 */
const NO_TEXT = /[\p{Control}\p{Surrogate}\p{Noncharacter_Code_Point}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

const text = `text of 1 to ${LONGEST_LABEL} characters, without control characters`;
const label = z
  .string()
  .transform((value) => value.trim())
  .refine((value) => value !== "" && [...value].length <= LONGEST_LABEL && !NO_TEXT.test(value), text);
const colour = z
  .string()
  .refine(
    (value) => COLOURS.includes(value) || /^([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$/.test(value),
    `one of ${COLOURS.join(", ")}, or 3 or 6 hexadecimal digits without #`,
  );
const oneOf = <const Values extends readonly string[]>(values: Values) =>
  z.enum(values, `one of ${values.join(", ")}`);

const parameters = z.strictObject({
  /** What stands before the number. */
  label: label.default("hits"),
  /** The colour behind the number. */
  color: colour.default("blue"),
  /** The colour behind the label. */
  labelColor: colour.default("grey"),
  style: oneOf(["flat", "flat-square", "plastic", "for-the-badge", "social"]).default("flat"),
  /** Whether it counts; else it only shows the number. */
  [showParameter.name]: oneOf(["true", showParameter.value]).optional(),
});
const NAMES = Object.keys(parameters.shape).join(", ");

/** How a badge looks. */
export type BadgeLook = Readonly<
  Pick<z.output<typeof parameters>, "label" | "color" | "labelColor" | "style">
>;

/** Reads what a badge's query says of it. Throws a BadBadge that names the first parameter that is wrong. */
export function readBadge(query: string): BadgeLook {
  if (query.length > LONGEST) {
    throw new BadBadge(`The query must have ${LONGEST} characters at most.`);
  }
  const undecodable = query.slice(1).split("&").find(isUndecodable);
  if (undecodable !== undefined) {
    const [name] = undecodable.split("=");
    throw new BadBadge(`${quoted(name)} must be UTF-8, percent-encoded, with % itself as %25.`);
  }
  const given = new URLSearchParams(query);
  const names = [...given.keys()];
  const repeated = names.find((name, index) => names.indexOf(name) < index);
  if (repeated !== undefined) {
    throw new BadBadge(`${quoted(repeated)} must be given once.`);
  }
  const parsed = parameters.safeParse(Object.fromEntries(given));
  if (parsed.success) {
    const { label, color, labelColor, style } = parsed.data;
    return { label, color, labelColor, style };
  }
  const [issue] = parsed.error.issues;
  if (issue?.code === "unrecognized_keys") {
    throw new BadBadge(`There is no parameter ${quoted(issue.keys[0])}: there are ${NAMES}.`);
  }
  const name = String(issue?.path[0]);
  throw new BadBadge(`${name} must be ${issue?.message}, not ${quoted(given.get(name))}.`);
}

/** Whether a part of a query is not the UTF-8 that it should be; URLSearchParams puts U+FFFD in place of that. */
const isUndecodable = (part: string) => {
  try {
    decodeURIComponent(part);
    return false;
  } catch {
    return true;
  }
};
const quoted = (value: unknown) => JSON.stringify(value);
