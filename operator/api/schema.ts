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

/** A Kubernetes quantity such as `500m`, `64Mi` or `2`, never negative. */
export function quantity() {
  return z.union([
    z.int().min(0),
    z.string().regex(/^([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$/),
  ]);
}

/** A number of pods, or a share of them such as `25%`. */
export function countOrPercentage() {
  return z.union([z.int().min(0), z.string().regex(/^(100|[1-9]?[0-9])%$/)]);
}

/** Marks a list whose items are told apart by `name`, so that several managers can own items of it. */
export const listMapByName = { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"] };
