import { stepsOf } from "./differences.ts";
import { type Fields, isFields, isStringMap } from "./fieldRules.ts";
import type { KubeObject } from "./objects.ts";

/**
 * What one manager owns of an object: a tree whose keys are `f:<name>` for a field and `k:<keys as JSON>` for an item
 * of a list. What has nothing beneath it is owned as one.
 */
interface Entry {
  readonly manager?: string;
  readonly operation?: string;
  readonly apiVersion?: string | undefined;
  readonly subresource?: string;
  readonly time?: string;
  readonly fieldsType?: string;
  readonly fieldsV1?: Fields;
}

const entriesOf = ({ metadata }: KubeObject) => (metadata?.managedFields ?? []) as Entry[];

/** What a manager has applied of an object: it would reset such a field by leaving it out. */
export const appliedFields = (object: KubeObject, manager: string): Fields | undefined =>
  entriesOf(object).find(isApplyOf(manager))?.fieldsV1;

const isApplyOf = (name: string) => (entry: Entry) =>
  entry.manager === name && entry.operation === "Apply" && !entry.subresource;

/**
 * The manager, other than this one, that owns a field of an object; the latest, where several do. The path is that of
 * a difference. Undefined where nobody else is known to own it, such as of a field that is gone.
 */
export function ownerOfField(object: KubeObject, path: string, manager: string): string | undefined {
  return entriesOf(object)
    .filter((entry) => entry.manager !== manager && owns(entry.fieldsV1, object, stepsOf(path)))
    .reduce<Entry>((last, entry) => ((entry.time ?? "") >= (last.time ?? "") ? entry : last), {}).manager;
}

function owns(fields: unknown, value: unknown, [step, ...rest]: readonly string[]): boolean {
  if (!isFields(fields) || step === undefined || isEmpty(fields)) {
    return isFields(fields);
  }
  return Object.entries(fields).some(([key, inner]) => {
    const child = childOf(value, key);
    const { mountPath, name } = isFields(child) ? child : {};
    const names = Array.isArray(value) ? [mountPath, name, `${value.indexOf(child)}`] : [key.slice(2)];
    return names.includes(step) && owns(inner, child, rest);
  });
}

/** What an object has at a key of such a tree. */
function childOf(value: unknown, key: string): unknown {
  if (key.startsWith("k:") && Array.isArray(value)) {
    const keys: [string, unknown][] = Object.entries(JSON.parse(key.slice(2)));
    return value.find((item) => isFields(item) && keys.every(([name, part]) => item[name] === part));
  }
  return key.startsWith("f:") && isFields(value) ? value[key.slice(2)] : undefined;
}

/**
 * The entries by which a manager alone owns what is in these fields, wherever `desired` has what they are in: an apply
 * then removes there what it leaves out. Undefined where nobody else owns anything of it.
 */
export function takenOver(
  object: KubeObject,
  desired: KubeObject,
  manager: string,
  wholeFields: ReadonlySet<string>,
): unknown[] | undefined {
  const entries = entriesOf(object);
  const { apiVersion } = desired;
  const fresh: Entry = { manager, operation: "Apply", apiVersion, fieldsType: "FieldsV1", fieldsV1: {} };
  const own = entries.find(isApplyOf(manager)) ?? fresh;
  let fieldsV1 = own.fieldsV1 ?? {};
  const others = entries.flatMap((entry) => {
    // Another version of the API may name its fields otherwise.
    if (entry === own || entry.subresource || entry.apiVersion !== apiVersion) {
      return entry === own ? [] : [entry];
    }
    const { taken, left } = split(entry.fieldsV1 ?? {}, desired, wholeFields);
    fieldsV1 = merged(fieldsV1, taken);
    return isEmpty(left) ? [] : [{ ...entry, fieldsV1: left }];
  });
  return fieldsV1 === own.fieldsV1 ? undefined : [{ ...own, fieldsV1 }, ...others];
}

/** Splits the fields that somebody owns into those in whole fields and the rest. */
function split(fields: Fields, desired: unknown, wholeFields: ReadonlySet<string>) {
  const taken: Record<string, unknown> = {};
  const left: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(fields)) {
    const at = { name: key.slice(2), isItem: !key.startsWith("f:"), up: undefined };
    const below = isStringMap(at) ? undefined : childOf(desired, key);
    if (wholeFields.has(at.name)) {
      taken[key] = inner;
    } else if (below === undefined || !isFields(inner) || isEmpty(inner)) {
      left[key] = inner;
    } else {
      const parts = split(inner, below, wholeFields);
      Object.assign(taken, isEmpty(parts.taken) ? {} : { [key]: parts.taken });
      Object.assign(left, isEmpty(parts.left) ? {} : { [key]: parts.left });
    }
  }
  return { taken, left };
}

/** Both as one; the first itself where there is no other. */
function merged(one: Fields, other: Fields): Fields {
  const both = Object.entries(other).map(([key, value]) => {
    const there = one[key];
    return [key, isFields(there) && isFields(value) ? merged(there, value) : value];
  });
  return isEmpty(other) ? one : { ...one, ...Object.fromEntries(both) };
}

const isEmpty = (fields: Fields) => Object.keys(fields).length === 0;
