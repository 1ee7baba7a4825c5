// As much of server-side apply as the fake cluster needs.

/** Any object, by its fields. */
export type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
/** An object with what is applied to it. */
export const merged = (into: unknown, from: unknown): unknown =>
  isFields(into) && isFields(from)
    ? {
        ...into,
        ...Object.fromEntries(
          Object.entries(from).map(([name, value]) => [name, mergedField(name, into, value)]),
        ),
      }
    : from;
/** Fields whose entries are gone once who applied them leaves them out; of others the API server has defaults. */
const MAPS = new Set(["data", "labels"]);
/** What is left of an object where `now` is applied by who applied `before`. */
export const without = (live: unknown, before: unknown, now: unknown, within = ""): unknown =>
  isFields(live) && isFields(before) && isFields(now)
    ? Object.fromEntries(
        Object.entries(live)
          .filter(([name]) => !MAPS.has(within) || name in now || !(name in before))
          .map(([name, value]) => [name, without(value, before[name], now[name], name)]),
      )
    : live;
/** Selectors are replaced as a whole. */
const mergedField = (name: string, into: Fields, value: unknown) =>
  name === "selector" ? value : merged(into[name], value);
