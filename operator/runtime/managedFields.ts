import { keyIn, stepsOf } from "./differences.ts";
import { type Fields, isFields } from "./fieldRules.ts";
import type { KubeObject } from "./objects.ts";

/**
 * What one manager owns of an object: a tree whose keys are `f:<name>` for a field and `k:<keys as JSON>` for an item
 * of a list. What has nothing beneath it is owned as one.
 */
interface Entry {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly time?: string;
  readonly fieldsV1?: Fields;
}

const entriesOf = ({ metadata }: KubeObject) => (metadata?.managedFields ?? []) as Entry[];

/** Whether a manager has applied the field to which these steps lead, and would reset it by leaving it out. */
export const hasApplied = (object: KubeObject, name: string, steps: readonly string[]) =>
  entriesOf(object)
    .filter(
      ({ manager, operation, subresource }) => manager === name && operation === "Apply" && !subresource,
    )
    .some(({ fieldsV1 }) => owns(fieldsV1, object, steps));

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
  if (!isFields(fields) || step === undefined || Object.keys(fields).length === 0) return isFields(fields);
  const wanted = keyIn(value, step);
  return Object.entries(fields).some(([key, inner]) => {
    const there = Array.isArray(value) ? indexOfItem(value, key) : key.slice(2);
    return there === wanted && owns(inner, (value as Fields | undefined)?.[wanted], rest);
  });
}

/** The index of the item that a key of such a tree is about. */
function indexOfItem(items: readonly unknown[], key: string): string | undefined {
  if (!key.startsWith("k:")) return undefined;
  const keys: [string, unknown][] = Object.entries(JSON.parse(key.slice(2)));
  const isIt = (item: unknown) => isFields(item) && keys.every(([name, part]) => item[name] === part);
  return String(items.findIndex(isIt));
}
