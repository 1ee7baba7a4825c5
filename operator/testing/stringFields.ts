import fc from "fast-check";
import { z } from "zod";
import { exampleSpecs } from "../api/exampleSpecs.ts";
import { hitCounterSpec } from "../api/spec.ts";

/** Where more than an object of Kubernetes is made of a value: what reads it would do what it said. */
export type Reader = "nginx.conf" | "environment" | "command" | "Secret";

/** What there is to know of a field that holds text. */
export interface StringField {
  /** Values that it takes, odd ones among them. */
  readonly values: fc.Arbitrary<string>;
  /** Who reads it, beside Kubernetes. */
  readonly readers: readonly Reader[];
  /**
   * Whether it takes any text, but for NUL; else what is of no use there is refused by the schema. Of the keys of maps and
   * of affinity Kubernetes says itself what is wrong, when pods are made, and those that run stay.
   */
  readonly takesAnything?: boolean;
}

const letters = "abcdefghijklmnopqrstuvwxyz";
const digits = "0123456789";
const text = (alphabet: string, min: number, max: number) =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength: min, maxLength: max });
const joined = (separator: string, ...parts: fc.Arbitrary<string>[]) =>
  fc.tuple(...parts).map((all) => all.filter((part) => part !== "").join(separator));
const within = (alphabet: string, inner: string, max: number) =>
  fc.tuple(text(alphabet, 1, 1), text(inner, 0, max - 2), text(alphabet, 1, 1)).map((all) => all.join(""));

const alphanumeric = letters + letters.toUpperCase() + digits;
const label = within(letters + digits, `${letters}${digits}-`, 63);
const subdomain = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join("."));
const word = within(alphanumeric, `${alphanumeric}-_.`, 63);
const digest = text("0123456789abcdef", 64, 64).map((hash) => `@sha256:${hash}`);
const path = joined(
  "/",
  fc.constantFrom("", "[fd00::1]:5000", "localhost:5000", "r.example.com", "UP.example.com"),
  label,
);
const range = fc.oneof(
  fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })),
  fc.tuple(
    fc
      .array(text("0123456789abcdefABCDEF", 1, 4), { minLength: 8, maxLength: 8 })
      .map((groups) => groups.join(":")),
    fc.integer({ min: 0, max: 128 }),
  ),
);

/** Text that says more where it is read than that it is text. */
export const NASTY = [
  "'",
  '"',
  "\\",
  "\n",
  "\r\n",
  "x\ny",
  "x; return 200 y;",
  "x; } server { listen 9; }",
  "10.0.0.0/8; root /",
  "#",
  "$remote_addr",
  "$(REDISCLI_AUTH)",
  "$(touch /tmp/x)",
  "`touch /tmp/x`",
  "$HOME",
  "--loadmodule /tmp/x",
  "x && y | z > w",
  "../../etc/passwd",
  "' .. redis.call('FLUSHALL') .. '",
  "{{ .Values }}",
  "\u202ename",
  "\u2028",
  "n\u00e4me",
  "\u{1f600}",
  " x",
  "x ",
  "x".repeat(20_000),
] as const;

const anything = fc
  .oneof(
    fc.constantFrom(...NASTY.filter(({ length }) => length <= 1000)),
    fc.string({ unit: "binary", minLength: 1, maxLength: 200 }).map((any) => any.replaceAll("\0", "")),
  )
  .filter((any) => any !== "");

const checked = (values: fc.Arbitrary<string>, ...readers: Reader[]): StringField => ({ values, readers });
const free = (...readers: Reader[]): StringField => ({ values: anything, readers, takesAnything: true });
const quantity = checked(fc.constantFrom("1", "500m", "1.5", ".5", "64Mi", "2e3"));
const share = checked(fc.integer({ min: 1, max: 100 }).map((percent) => `${percent}%`));
const image = checked(
  joined("", path, fc.constantFrom("", ":1.28", ":V_1.0-x"), fc.oneof(fc.constant(""), digest)),
);
const ranges = range.map((parts) => parts.join("/"));

const resources = (part: string) => ({
  [`${part}.resources.requests{key}`]: free(),
  [`${part}.resources.requests{}`]: quantity,
  [`${part}.resources.limits{key}`]: free(),
  [`${part}.resources.limits{}`]: quantity,
});
const strategy = (part: string) => ({
  [`${part}.strategy.maxSurge`]: share,
  [`${part}.strategy.maxUnavailable`]: share,
});
const pod = (part: string) => ({
  [`${part}.pod.labels{key}`]: free(),
  [`${part}.pod.labels{}`]: checked(word),
  [`${part}.pod.annotations{key}`]: free(),
  [`${part}.pod.annotations{}`]: free(),
  [`${part}.pod.nodeSelector{key}`]: free(),
  [`${part}.pod.nodeSelector{}`]: checked(word),
  [`${part}.pod.tolerations[].key`]: checked(joined("/", fc.oneof(fc.constant(""), subdomain), word)),
  [`${part}.pod.tolerations[].value`]: checked(word),
  [`${part}.pod.affinity.nodeAffinity`]: free(),
  [`${part}.pod.affinity.podAffinity`]: free(),
  [`${part}.pod.affinity.podAntiAffinity`]: free(),
  [`${part}.pod.priorityClassName`]: checked(subdomain),
});
const spread = (part: string) => ({
  [`${part}.pod.topologySpreadConstraints[].topologyKey`]: checked(joined("/", subdomain, word)),
});

/** Each field of spec that holds text, by its path: a key of a map as `{key}`, its value as `{}`, an item of a list as `[]`. */
export const stringFields: Readonly<Record<string, StringField>> = {
  version: checked(word),
  message: free("environment"),
  "imagePullSecrets[].name": checked(subdomain),
  "counter.image": checked(path),
  ...resources("counter"),
  ...strategy("counter"),
  ...pod("counter"),
  ...spread("counter"),
  "redis.image": image,
  ...resources("redis"),
  ...pod("redis"),
  "redis.storage.size": checked(fc.constantFrom("1Gi", "2e9", "1.5Ti", "1")),
  "redis.storage.storageClassName": checked(subdomain),
  "redis.auth.rotateAfter": checked(fc.constantFrom("720h", "1h30m", "3600s")),
  "redis.auth.secretName": checked(subdomain),
  "backup.schedule": checked(fc.constantFrom("30 2 * * *", "*/5 0-12/3 1,15 JAN-MAR SUN", "@hourly")),
  "backup.storage.size": checked(fc.constantFrom("1Gi", "2e9", "1.5Ti", "1")),
  "backup.storage.storageClassName": checked(subdomain),
  "restore.claimName": checked(subdomain),
  "restore.backup": checked(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,60}$/), "command"),
  "proxy.image": image,
  ...resources("proxy"),
  ...strategy("proxy"),
  ...pod("proxy"),
  ...spread("proxy"),
  "proxy.tls.secretName": checked(subdomain),
  "proxy.service.name": checked(label.filter((name) => /^[a-z]/.test(name))),
  "proxy.service.annotations{key}": free(),
  "proxy.service.annotations{}": free(),
  "proxy.service.loadBalancerClass": checked(joined("/", subdomain, word)),
  "proxy.service.loadBalancerSourceRanges[]": checked(ranges),
  "proxy.clientAddress.trustedProxies[]": checked(ranges, "nginx.conf"),
};

interface Schema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
}

/** The paths of all fields that hold text, as the schema has them. */
export const stringFieldsOfSchema = (): string[] =>
  [...textIn(z.toJSONSchema(hitCounterSpec, { io: "input" }) as Schema)].map((path) => path.slice(1));

function* textIn(schema: Schema, path = ""): Generator<string> {
  const { type, enum: choices, anyOf = [], properties = {}, items, additionalProperties: values } = schema;
  if (type === "string" && choices === undefined) yield path;
  if (anyOf.some((each) => each.type === "string")) yield path;
  for (const [name, field] of Object.entries(properties)) yield* textIn(field, `${path}.${name}`);
  if (items) yield* textIn(items, `${path}[]`);
  if (typeof values !== "object") return;
  if (Object.keys(values).length === 0)
    yield path; // whatever it may be
  else {
    yield `${path}{key}`;
    yield* textIn(values, `${path}{}`);
  }
}

type Fields = Record<string, unknown>;

/** A spec that has every field, and this text in one of them. */
export function specWith(field: string, value: string): Fields & { version: string } {
  const steps = field.split(/\.|(?=\[\])|(?=\{)/);
  const last = steps.pop() ?? "";
  const holderIn = (spec: Fields) =>
    steps.reduce<Fields | undefined>(
      (holds, step) => holds?.[step === "[]" ? 0 : step] as Fields | undefined,
      spec,
    );
  const has = (spec: Fields) =>
    Object.keys(holderIn(spec) ?? {}).some((key) => "[{".includes(last[0] ?? "") || key === last);
  // One of those that say it, as some fields exclude others. In JSON, as its parts may be one and the same object.
  const examples = [exampleSpecs["as much as can be"], exampleSpecs["the other choices"]];
  const spec = JSON.parse(JSON.stringify(examples.find(has) ?? examples[0])) as Fields & { version: string };
  const holder = holderIn(spec) ?? {};
  if (last === "[]") holder[0] = value;
  else if (last === "{key}") holder[value] = Object.values(holder)[0];
  else if (last === "{}") holder[Object.keys(holder)[0] ?? ""] = value;
  else if (typeof holder[last] === "object") holder[last] = { unknown: value };
  else holder[last] = value;
  return spec;
}
