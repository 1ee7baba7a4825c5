import { quantityOf } from "./quantity.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Where Kubernetes keeps quantities, which the API server rewrites: 1000m becomes 1. */
const QUANTITY_MAPS = new Set(["limits", "requests"]);
const QUANTITY_FIELDS = new Set(["sizeLimit", "divisor", "averageValue"]);
/** Maps that belong to one manager as a whole: a further label in a selector selects something else. */
const ATOMIC_FIELDS = new Set([
  "selector",
  "labelSelector",
  "namespaceSelector",
  "nodeSelector",
  "podSelector",
]);
/** What tells the items of a list apart, the first that all of them have. */
const ITEM_KEYS = ["mountPath", "name"];

/**
 * Whether every field that `desired` sets is equal in `live`, so that applying it would change nothing. What `desired`
 * leaves out belongs to others. Empty and absent are equal, as the API server drops what is empty.
 */
export function sameAsApplied(desired: unknown, live: unknown): boolean {
  return isSubset(desired, live, "", "");
}

/** `field` is the name the two have, `parent` that of the map or list they are in. */
function isSubset(desired: unknown, live: unknown, field: string, parent: string): boolean {
  if (isEmpty(desired) && isEmpty(live)) {
    return true;
  }
  if (desired === undefined || desired === null) {
    return true;
  }
  if (Array.isArray(desired)) {
    return Array.isArray(live) && sameItems(desired, live, field);
  }
  if (isFields(desired)) {
    const fields = isFields(live) ? live : {};
    return (
      Object.entries(desired).every(([name, value]) => isSubset(value, fields[name], name, field)) &&
      (!ATOMIC_FIELDS.has(field) || isSubset(live, desired, "", parent))
    );
  }
  return (
    desired === live ||
    ((QUANTITY_MAPS.has(parent) || QUANTITY_FIELDS.has(field)) && sameQuantity(desired, live))
  );
}

/** Named items may stand in any order and among items of others; unnamed ones only as they are. */
function sameItems(desired: readonly unknown[], live: readonly unknown[], field: string): boolean {
  const key = ITEM_KEYS.find((name) => hasDistinct(desired, name) && hasDistinct(live, name));
  if (key === undefined) {
    return desired.length === live.length && desired.every((item, i) => isSubset(item, live[i], "", field));
  }
  const items = new Map(live.map((item) => [itemKey(item, key), item]));
  return desired.every((item) => isSubset(item, items.get(itemKey(item, key)), "", field));
}

function hasDistinct(items: readonly unknown[], key: string): boolean {
  const values = items.map((item) => itemKey(item, key));
  return values.every((value) => typeof value === "string") && new Set(values).size === values.length;
}

function itemKey(item: unknown, key: string): unknown {
  return isFields(item) ? item[key] : undefined;
}

function sameQuantity(desired: unknown, live: unknown): boolean {
  const [one, other] = [desired, live].map((value) =>
    typeof value === "string" || typeof value === "number" ? quantityOf(value) : undefined,
  );
  return one !== undefined && one === other;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) {
    return value.length === 0;
  }
  return isFields(value)
    ? Object.values(value).every(isEmpty)
    : value === undefined || value === null || value === "";
}
