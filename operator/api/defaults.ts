import type { HitCounter } from "./hitCounter.ts";
import { hitCounterSpec } from "./spec.ts";

type Fields = Record<PropertyKey, unknown>;
/** The steps to a field; the last is its name. */
type Path = readonly PropertyKey[];

/**
 * A HitCounter with every default that this operator knows: the CRD by which the API server filled them in may still be
 * that of an earlier release. A field that was taken once and that this operator's schema would refuse is left as it is.
 */
export function withDefaults(hitCounter: HitCounter): HitCounter {
  const { spec } = hitCounter;
  const { success, data, error } = hitCounterSpec.safeParse(spec);
  if (success) return { ...hitCounter, spec: data };
  const refused = error.issues.map(({ path }) => outsideLists(path));
  const accepted = structuredClone(spec);
  for (const path of refused) delete holderOf(path, accepted)[nameOf(path)];
  const rest = hitCounterSpec.safeParse(accepted);
  if (!rest.success) return hitCounter;
  for (const path of refused) holderOf(path, rest.data)[nameOf(path)] = holderOf(path, spec)[nameOf(path)];
  return { ...hitCounter, spec: rest.data };
}

/** The path itself, or that to the list which it leads into. */
function outsideLists(path: Path): Path {
  const position = path.findIndex((step) => typeof step === "number");
  return position === -1 ? path : path.slice(0, position);
}

const nameOf = (path: Path): PropertyKey => path.at(-1) ?? "";

/** The object with the field at the end of a path; an empty one of no consequence where the path leads nowhere. */
const holderOf = (path: Path, spec: object): Fields =>
  path.slice(0, -1).reduce<Fields>((fields, step) => (fields[step] ?? {}) as Fields, spec as Fields);
