import { z } from "zod";

/** A CEL rule the API server checks, and the sentence a user reads when it does not hold, or a CEL expression of it. */
export type Rule = [rule: string, sentence: string | { expression: string }];

/** Puts CEL rules on a schema: `z.object(…).meta(rules([…]))`. */
export const rules = (...list: Rule[]) => ({
  "x-kubernetes-validations": list.map(([rule, sentence]) =>
    typeof sentence === "string"
      ? { rule, message: sentence }
      : { rule, messageExpression: sentence.expression },
  ),
});

/**
 * A string that must match; the API server answers with `message`, which names the field, where a bare
 * `pattern` would answer with the expression. The expression may use what RE2 and JavaScript share.
 */
export function matching(expression: RegExp, maxLength: number, message: string) {
  return z
    .string()
    .max(maxLength)
    .refine((text) => expression.test(text), message)
    .meta(rules([`self.matches('${expression.source}')`, message]));
}

const OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
const GROUP = "[0-9a-fA-F]{1,4}";
/** An IPv6 address with `::` after this many groups; of eight, it stands for one at least. */
const shortened = (before: number) => `(${GROUP}:){${before}}(:${GROUP}){1,${7 - before}}`;
const IPV6 = [
  `(${GROUP}:){7}${GROUP}`,
  ...[1, 2, 3, 4, 5, 6].map(shortened),
  `(${GROUP}:){1,6}:`, // nginx takes no seven, for which `::` would stand for one
  `:((:${GROUP}){1,7}|:)`,
].join("|");

/** A range of addresses in CIDR notation. The CEL library that knows them comes with Kubernetes 1.31 only. */
export const addressRange = (field: string) =>
  matching(
    new RegExp(
      `^((${OCTET}[.]){3}${OCTET}[/](3[0-2]|[12]?[0-9])|(${IPV6})[/](12[0-8]|1[01][0-9]|[1-9]?[0-9]))$`,
    ),
    43, // eight groups of four, colons between them, and /128
    `${field} must be ranges of addresses such as 10.0.0.0/16 or 2001:db8::/32; one address is 192.0.2.1/32`,
  );

/** A part of spec that may be left out, as each of its fields may or has a default. */
export const part = <T extends z.ZodRawShape>(description: string, fields: T, ...list: Rule[]) =>
  z
    .object(fields)
    .prefault({} as never) // the types can't tell what the sentence above says
    .meta(list.length > 0 ? rules(...list) : {})
    .describe(description);

/** A whole number from `min` to `max`. */
export const whole = (min: number, max: number) => z.int().min(min).max(max);

/** A Kubernetes quantity such as `500m`, `64Mi` or `2`, never negative. */
export const quantity = z.union([
  z.int().min(0),
  z.string().regex(/^([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$/),
]);

/** A number of pods, or a share of them such as `25%`. */
export const countOrPercentage = z.union([z.int().min(0), z.string().regex(/^(100|[1-9]?[0-9])%$/)]);

/** A length of time such as `720h` or `1h30m`, of so many hours at least and at most. */
export function duration(field: string, min: number, max: number, example: string) {
  const expression = /^([0-9]{1,6}h)?([0-9]{1,8}m)?([0-9]{1,9}s)?$/;
  const message = `${field} must be a length of time from ${min}h to ${max}h, such as ${example}`;
  const isRight = (text: string) => {
    const hours = durationMs(text) / 3_600_000;
    return expression.test(text) && hours >= min && hours <= max;
  };
  const bounds = `duration(self) >= duration('${min}h') && duration(self) <= duration('${max}h')`;
  return z
    .string()
    .min(1)
    .max(32)
    .refine(isRight, message)
    .meta(rules([`self != '' && self.matches('${expression.source}') && ${bounds}`, message]));
}

/** Such a length of time in milliseconds. */
export function durationMs(text: string): number {
  const units = { h: 3_600_000, m: 60_000, s: 1_000 };
  return [...text.matchAll(/(\d+)([hms])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * units[unit as keyof typeof units],
    0,
  );
}

/** A backslash would mean something else in CEL. */
const HOST = "([A-Za-z0-9][A-Za-z0-9.:_-]*|[[][0-9a-fA-F:]+](:[0-9]+)?)";
const PATH = `(${HOST}[/])*[a-z0-9]([a-z0-9._-]*[a-z0-9])?`;
const TAG = "(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@[a-z0-9]+:[0-9a-f]{32,128})?";

/** An image, where one is said: with a tag or a digest, or none. */
export const image = matching(
  new RegExp(`^${PATH}${TAG}$`),
  255,
  "it must be an image such as registry.example.com/nginx:1.28, with a tag or a digest",
).optional();

/** An image whose tag is said elsewhere, where one is said. */
export const untaggedImage = matching(
  new RegExp(`^${PATH}$`),
  255,
  "it must be an image without a tag, such as registry.example.com/hitcounter/counter: the tag is spec.version",
).optional();

const SUBDOMAIN = "[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*";

/** Name of another object. */
export const objectName = matching(
  new RegExp(`^${SUBDOMAIN}$`),
  253,
  "it must be the name of an object: lower-case letters, digits, '-' and '.', beginning and ending with a letter or a " +
    "digit, 253 characters at most",
);
export const optionalName = objectName.optional();

/** A name as keys of labels and of taints are: perhaps with a domain before it. */
export const qualifiedName = matching(
  new RegExp(`^(${SUBDOMAIN}[/])?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$`),
  317,
  "it must be a name such as example.com/internal: letters, digits, '-', '_' and '.', 63 characters at most, and perhaps a " +
    "domain and '/' before them",
);

/** Annotations, where there are any: they may hold any text. */
export const annotations = z.record(z.string(), z.string()).optional();

/** Marks a list whose items are told apart by these fields, so that several managers can own items of it. */
export const listMapBy = (...fields: string[]) => ({
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": fields,
});
