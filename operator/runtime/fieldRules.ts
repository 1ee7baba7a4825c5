/** What the API server does with fields of these names; no schema is at hand that would tell. */

/** The way to a value: fields by their names, and items of lists in brackets, by key or index: `["spec", "ports", "[http]"]`. */
export type Path = readonly string[];

export type Fields = Readonly<Record<string, unknown>>;

/** Where Kubernetes keeps quantities, which the API server rewrites: 1000m becomes 1. */
const QUANTITY_MAPS = new Set(["limits", "requests"]);
const QUANTITY_FIELDS = new Set(["sizeLimit", "divisor", "averageValue"]);
/** Maps that belong to one manager as a whole: a further label in a selector selects something else. */
const SELECTORS = ["selector", "labelSelector", "namespaceSelector", "nodeSelector", "podSelector"];
export const ATOMIC_FIELDS: ReadonlySet<string> = new Set(SELECTORS);
/** Maps of strings, whose keys are anybody's, and where an empty value is kept like any other. */
const LABELS = ["labels", "annotations", "matchLabels", "nodeSelector", "selector"];
const STRING_MAPS = new Set([...LABELS, "data", "binaryData"]);
/** Fields that are dropped when they are false or 0; with others that says something else than their absence. */
const DROPPED_WHEN_ZERO = new Set([
  "paused",
  "minReadySeconds",
  "initialDelaySeconds",
  "publishNotReadyAddresses",
  "hostNetwork",
  "hostPort",
  "readOnly",
]);
/** What ports, probes and strategies are given where nobody says anything: any of these; none: whatever suits. */
const FILLED_IN: Readonly<Record<string, readonly unknown[]>> = {
  nodePort: [],
  targetPort: [],
  protocol: ["TCP"],
  path: ["/"],
  scheme: ["HTTP"],
  timeoutSeconds: [1],
  periodSeconds: [10],
  successThreshold: [1],
  failureThreshold: [3],
  type: ["RollingUpdate"],
  maxSurge: ["25%"],
  maxUnavailable: ["25%", 1], // of a Deployment, and of a StatefulSet since Kubernetes 1.37
};

/** Whether what a place has are no fields. */
export const isStringMap = (at: Path) => STRING_MAPS.has(at.at(-1) ?? "");

/** Whether what stands in a place is a quantity. */
export const isQuantity = (at: Path) =>
  QUANTITY_FIELDS.has(at.at(-1) ?? "") || QUANTITY_MAPS.has(at.at(-2) ?? "");

/** Whether a value is dropped, so that it equals the absence of the field. */
export function isDropped(value: unknown, at: Path): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isFields(value)) return each(value, at, isDropped);
  const isZero = (value === 0 || value === false) && DROPPED_WHEN_ZERO.has(at.at(-1) ?? "");
  return isZero || value === undefined || value === null || (value === "" && !isStringMap(at.slice(0, -1)));
}

/** Whether a value may be there without anybody having set it, or says nothing. */
export function isFilledIn(value: unknown, at: Path): boolean {
  if (isFields(value)) return each(value, at, isFilledIn);
  const name = at.at(-1) ?? "";
  const defaults = Object.hasOwn(FILLED_IN, name) ? FILLED_IN[name] : undefined;
  const isDefault = defaults?.length === 0 || defaults?.includes(value);
  const saysNothing = value === 0 || value === false || isDropped(value, at);
  return !isStringMap(at.slice(0, -1)) && (isDefault === true || saysNothing);
}

const each = (fields: Fields, at: Path, holds: (value: unknown, at: Path) => boolean) =>
  Object.entries(fields).every(([name, value]) => holds(value, [...at, name]));

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
