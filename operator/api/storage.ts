import { optionalName, part, quantity, rules } from "./schema.ts";

/** What a user may say of a volume; `path` is where, such as `spec.redis.storage`. */
export const storageOf = (
  path: string,
  description: string,
  { size, storageClassName }: { size: string; storageClassName: string },
) =>
  part(description, {
    size: quantity
      .default("1Gi")
      .meta(
        rules([
          "isQuantity(string(self)) && quantity(string(self)).isGreaterThan(quantity('0'))",
          `${path}.size must be a quantity above 0, such as 1Gi`,
        ]),
      )
      .describe(size),
    storageClassName: optionalName.describe(storageClassName),
  });
