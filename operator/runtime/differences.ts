import {
  ATOMIC_FIELDS,
  type Fields,
  isDropped,
  isFields,
  isFilledIn,
  isQuantity,
  isStringMap,
  type Place,
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

interface OwnedPlace extends Place {
  /** Whether others may add nothing here. */
  readonly isWhole: boolean;
  readonly wholeFields: ReadonlySet<string>;
}

/** What tells the items of a list apart, the first that all of them have. */
const ITEM_KEYS = ["mountPath", "name"];
const NONE: ReadonlySet<string> = new Set();

/**
 * Every field that `desired` sets and that is another in `live`, so that applying it would change something. Empty and
 * absent are equal where the API server drops what is empty. What `desired` leaves out belongs to others, but in the
 * whole fields, by name and wherever `desired` has what they are in: there all is a difference that live has beyond
 * `desired` and that the API server does not fill in by itself.
 */
export function differences(desired: unknown, live: unknown, wholeFields = NONE): Difference[] {
  return [...compare(desired, live, root(wholeFields))];
}

/** Whether there is no difference; stops at the first. */
export function sameAsApplied(desired: unknown, live: unknown, wholeFields = NONE): boolean {
  return compare(desired, live, root(wholeFields)).next().done === true;
}

/** The steps of a difference's path: `["spec", "ports", "http", "port"]`. */
export function stepsOf(path: string): string[] {
  return [...path.matchAll(/\[([^\]]*)\]|[^.[]+/g)].map(([step, inBrackets]) => inBrackets ?? step);
}

function* compare(desired: unknown, live: unknown, at: OwnedPlace): Found {
  if (desired === undefined || desired === null) {
    return;
  }
  if (Array.isArray(desired) && Array.isArray(live)) {
    yield* compareItems(desired, live, at);
  } else if (isFields(desired) && isFields(live)) {
    yield* compareFields(desired, live, at);
  } else if (!isSame(desired, live, at)) {
    yield { path: pathOf(at), desired, live };
  }
}

function* compareFields(desired: Fields, live: Fields, at: OwnedPlace): Found {
  for (const name of Object.keys(desired)) {
    if (desired[name] !== live[name]) {
      yield* compare(desired[name], live[name], fieldIn(at, name));
    }
  }
  for (const name of Object.keys(live)) {
    const isMine = at.isWhole || (at.wholeFields.has(name) && !isStringMap(at));
    if (isMine && (desired[name] ?? null) === null && !isFilledIn(live[name], fieldIn(at, name))) {
      yield { path: pathOf(fieldIn(at, name)), desired: undefined, live: live[name] };
    }
  }
}

/** Keyed items may stand in any order and among those of others, but in a whole field; the rest only as they are. */
function* compareItems(desired: readonly unknown[], live: readonly unknown[], at: OwnedPlace): Found {
  const key = ITEM_KEYS.find((name) => hasDistinct(desired, name) && hasDistinct(live, name));
  if (key === undefined && desired.length !== live.length) {
    yield { path: pathOf(at), desired, live };
    return;
  }
  const nameOf = (item: unknown, index: number) => String(key === undefined ? index : itemKey(item, key));
  const itemIn = (name: string): OwnedPlace => ({ ...at, name, isItem: true, up: at });
  const others = new Map(live.map((item, index) => [nameOf(item, index), item]));
  for (const [index, item] of desired.entries()) {
    const name = nameOf(item, index);
    yield* compare(item, others.get(name), itemIn(name));
    others.delete(name);
  }
  for (const [name, item] of at.isWhole ? others : []) {
    yield { path: pathOf(itemIn(name)), desired: undefined, live: item };
  }
}

const root = (wholeFields: ReadonlySet<string>): OwnedPlace => {
  return { name: "", isItem: true, up: undefined, isWhole: false, wholeFields };
};

function fieldIn(up: OwnedPlace, name: string): OwnedPlace {
  const { wholeFields } = up;
  const isWhole = up.isWhole || ATOMIC_FIELDS.has(name) || wholeFields.has(name);
  return { name, isItem: false, up, isWhole, wholeFields };
}

function pathOf({ name, isItem, up }: Place): string {
  if (up === undefined) {
    return "";
  }
  const path = pathOf(up);
  if (isItem || !/^[\w-]+$/.test(name)) {
    return `${path}[${name}]`;
  }
  return path === "" ? name : `${path}.${name}`;
}

function hasDistinct(items: readonly unknown[], key: string): boolean {
  const values = items.map((item) => itemKey(item, key));
  return values.every((value) => typeof value === "string") && new Set(values).size === values.length;
}

function itemKey(item: unknown, key: string): unknown {
  return isFields(item) ? item[key] : undefined;
}

const isSame = (desired: unknown, live: unknown, at: Place) =>
  desired === live ||
  (isDropped(desired, at) && isDropped(live, at)) ||
  (isQuantity(at) && sameQuantity(desired, live));

function sameQuantity(desired: unknown, live: unknown): boolean {
  const [one, other] = [desired, live].map((value) =>
    typeof value === "string" || typeof value === "number" ? quantityOf(value) : undefined,
  );
  return one !== undefined && one === other;
}
