import {
  ATOMIC_FIELDS,
  type Fields,
  isDropped,
  isFields,
  isFilledIn,
  isQuantity,
  isStringMap,
  type Path,
} from "./fieldRules.ts";
import { quantityOf } from "./quantity.ts";

/** A field that is not as it was applied. */
export interface Difference {
  /** Such as `spec.ports[http].port` or `metadata.labels[app.kubernetes.io/name]`. */
  readonly path: string;
  /** Undefined where it should not be there. */
  readonly desired: unknown;
  /** Undefined where it is not there. */
  readonly live: unknown;
}

type Found = Generator<Difference, void>;
type Names = ReadonlySet<string>;

/** What tells the items of a list apart, the first that all of them have. */
const ITEM_KEYS = ["mountPath", "name"];

/**
 * Every field that `desired` sets and that is another in `live`, so that applying it would change something. Empty and
 * absent are equal where the API server drops what is empty. What `desired` leaves out belongs to others, but in the
 * whole fields, by name and wherever `desired` has what they are in: there all is a difference that live has beyond
 * `desired` and that the API server does not fill in by itself.
 */
export function differences(desired: unknown, live: unknown, wholeFields: Names = new Set()): Difference[] {
  return [...compare(desired, live, [], wholeFields)];
}

/** Whether there is no difference; stops at the first. */
export function sameAsApplied(desired: unknown, live: unknown, wholeFields: Names = new Set()): boolean {
  return compare(desired, live, [], wholeFields).next().done === true;
}

const STEPS = /\[([^\]]*)\]|[^.[]+/g;

/** The steps of a difference's path: `["spec", "ports", "http", "port"]`. */
export const stepsOf = (path: string): string[] =>
  [...path.matchAll(STEPS)].map(([step, inBrackets]) => inBrackets ?? step);

/** How a path begins, up to the first of these fields: of `spec.ports[http].port` it is `spec.ports`. */
export function pathOfField(path: string, fields: Names): string | undefined {
  const found = [...path.matchAll(STEPS)].find(([step]) => fields.has(step));
  return found && path.slice(0, found.index + found[0].length);
}

/** Where a step leads in an object or list: to the field of that name, or to the item of that key or index. */
export function keyIn(value: unknown, step: string): string {
  if (!Array.isArray(value)) return step;
  const index = value.findIndex((item) => isFields(item) && ITEM_KEYS.some((key) => item[key] === step));
  return index === -1 ? step : String(index);
}

/** What an object has where these steps lead, or undefined. */
export const valueAt = (object: unknown, steps: readonly string[]): unknown =>
  steps.reduce<unknown>(
    (value, step) =>
      typeof value === "object" && value !== null ? (value as Fields)[keyIn(value, step)] : undefined,
    object,
  );

function* compare(desired: unknown, live: unknown, at: Path, whole: Names): Found {
  if (desired === undefined || desired === null) return;
  if (Array.isArray(desired) && Array.isArray(live)) {
    yield* compareItems(desired, live, at, whole);
  } else if (isFields(desired) && isFields(live)) {
    yield* compareFields(desired, live, at, whole);
  } else if (!isSame(desired, live, at)) {
    yield { path: textOf(at), desired, live };
  }
}

function* compareFields(desired: Fields, live: Fields, at: Path, whole: Names): Found {
  for (const [name, value] of Object.entries(desired)) {
    if (value !== live[name]) yield* compare(value, live[name], [...at, name], whole);
  }
  const isWhole = isIn(whole, at);
  for (const [name, value] of Object.entries(live)) {
    const isMine = isWhole || (whole.has(name) && !isStringMap(at));
    const isMore = isMine && (desired[name] ?? null) === null && !isFilledIn(value, [...at, name]);
    if (isMore) yield { path: textOf([...at, name]), desired: undefined, live: value };
  }
}

/** Keyed items may stand in any order and among those of others, but in a whole field; the rest only as they are. */
function* compareItems(desired: readonly unknown[], live: readonly unknown[], at: Path, whole: Names): Found {
  const key = ITEM_KEYS.find((name) => hasDistinct(desired, name) && hasDistinct(live, name));
  if (key === undefined && desired.length !== live.length) {
    yield { path: textOf(at), desired, live };
    return;
  }
  const named = (items: readonly unknown[]) =>
    new Map(items.map((item, index) => [`[${key ? (item as Fields)[key] : index}]`, item]));
  const [wanted, others] = [named(desired), named(live)];
  for (const [name, item] of wanted) yield* compare(item, others.get(name), [...at, name], whole);
  if (!isIn(whole, at)) return;
  for (const [name, item] of others) {
    if (!wanted.has(name)) yield { path: textOf([...at, name]), desired: undefined, live: item };
  }
}

/** Whether others may add nothing in a place. */
const isIn = (whole: Names, at: Path) => at.some((step) => ATOMIC_FIELDS.has(step) || whole.has(step));

const textOf = (at: Path) =>
  at.reduce((path, step) => {
    if (step.startsWith("[")) return `${path}${step}`;
    if (!/^[\w-]+$/.test(step)) return `${path}[${step}]`;
    return path === "" ? step : `${path}.${step}`;
  }, "");

function hasDistinct(items: readonly unknown[], key: string): boolean {
  const values = items.map((item) => isFields(item) && item[key]);
  return values.every((value) => typeof value === "string") && new Set(values).size === values.length;
}

const isSame = (desired: unknown, live: unknown, at: Path) =>
  desired === live ||
  (isDropped(desired, at) && isDropped(live, at)) ||
  (isQuantity(at) && quantityOf(desired) !== undefined && quantityOf(desired) === quantityOf(live));
