import type { V1Secret } from "@kubernetes/client-node";
import { acceptedOf, derivedPassword, loginsOf, passwordsIn } from "../../operator/desired/passwords.ts";
import { BACKUP_USER, EXPORTER_USER, hashInRedis } from "../../operator/desired/redisUsers.ts";
import { hitCounters } from "../../operator/kinds.ts";
import type { KubeClient } from "../../operator/runtime/kubeClient.ts";
import { collectionPath, type KubeObject, type ResourceKind } from "../../operator/runtime/objects.ts";
import { kindsEverywhere } from "./children.ts";

/** Objects by `Kind name`, without what is another in every run. */
export type Snapshot = Readonly<Record<string, unknown>>;

/** What one HitCounter has, as it is. */
export interface Belongings {
  hitCounter: KubeObject | undefined;
  children: KubeObject[];
}

type Json = string | number | boolean | null | Json[] | { [field: string]: Json };
type Fields = { [field: string]: Json };

/** The groups in which a child may be: also of kinds that the operator does not look for. */
const GROUPS = new Set([
  ...kindsEverywhere.map(({ apiVersion }) => apiVersion),
  "batch/v1",
  "networking.k8s.io/v1",
]);
/** Told by who else touches an object; the operator has no say in them. */
const LEFT_OUT = new Set([
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "managedFields",
]);
const UID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const HASH = /^[0-9a-f]{16,64}$/;

async function getJson<T>(client: KubeClient, path: string): Promise<T> {
  const { status, body } = await client.raw("GET", path);
  if (status !== 200) throw new Error(`GET ${path}: ${status} ${body}`);
  return JSON.parse(body) as T;
}

/** Every kind that a namespace may have objects of, in the groups in which a child may be. */
export async function childKindsOf(client: KubeClient): Promise<ResourceKind[]> {
  const kinds: ResourceKind[] = [];
  for (const apiVersion of GROUPS) {
    const path = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const { resources } = await getJson<{
      resources: { name: string; kind: string; namespaced: boolean; verbs: string[] }[];
    }>(client, path);
    for (const { name, kind, namespaced, verbs } of resources) {
      const listed = namespaced && verbs.includes("list") && !name.includes("/") && kind !== "Event";
      if (listed) kinds.push({ apiVersion, kind, plural: name, namespaced });
    }
  }
  return kinds;
}

/** Every HitCounter of a namespace by its name, with whatever is labelled or owned as its child. */
export async function belongingsIn(
  client: KubeClient,
  kinds: readonly ResourceKind[],
  namespace: string,
): Promise<Map<string, Belongings>> {
  const found = new Map<string, Belongings>();
  const of = (name: string) => {
    const there = found.get(name) ?? { hitCounter: undefined, children: [] };
    found.set(name, there);
    return there;
  };
  const lists = await Promise.all(
    [hitCounters, ...kinds].map((kind) =>
      getJson<{ items: KubeObject[] }>(client, collectionPath(kind, namespace)),
    ),
  );
  for (const [index, { items }] of lists.entries()) {
    const kind = [hitCounters, ...kinds][index] ?? hitCounters;
    for (const item of items) {
      const object = { ...item, apiVersion: kind.apiVersion, kind: kind.kind };
      const { name, labels, ownerReferences } = item.metadata ?? {};
      const owner = ownerReferences?.find((each) => each.kind === hitCounters.kind)?.name;
      const instance = labels?.["app.kubernetes.io/instance"];
      if (kind === hitCounters) of(name ?? "").hitCounter = object;
      else if (owner ?? instance) of(owner ?? instance ?? "").children.push(object);
    }
  }
  return found;
}

/** The password of Redis among the children; undefined while there is none. */
export function passwordAmong(children: readonly KubeObject[]): string | undefined {
  const secrets = children.filter(({ kind }) => kind === "Secret") as { data?: Record<string, string> }[];
  const encoded = secrets.find(({ data }) => data?.password !== undefined)?.data?.password;
  return encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString("utf8");
}

/** What chance and the clock decided of the passwords of Redis, and what each is. */
function chanceAmong(children: readonly KubeObject[]): [string, string][] {
  const passwords = children
    .map((child) => passwordsIn(child as V1Secret))
    .find((each) => each !== undefined);
  if (!passwords) return [];
  const secrets = acceptedOf(passwords).flatMap((generation, index): [string, string][] => [
    [generation.password, `<password ${index}>`],
    [generation.operator, `<the operator's password ${index}>`],
    ...[EXPORTER_USER, BACKUP_USER].map((user): [string, string] => [
      derivedPassword(generation, user),
      `<password of ${user} ${index}>`,
    ]),
  ]);
  return [
    ...secrets,
    ...secrets.map(([secret, what]): [string, string] => [hashInRedis(secret), `<hash of ${what}>`]),
    ...loginsOf(passwords)
      .filter((login) => !secrets.some(([secret]) => secret === login))
      .map((login): [string, string] => [login, "<a former operator's password>"]),
    [passwords.lineage, "<lineage>"],
  ];
}

/**
 * What the operator, and the API server for it, decided of a HitCounter's objects: equal for any two that came to the
 * same end. Names, addresses and the password stand as what they are of; hashes as which are equal among them; and
 * of the status all but times.
 */
export function snapshotOf({ hitCounter, children }: Belongings): Snapshot {
  const name = hitCounter?.metadata?.name ?? "";
  const replaced = new Map<string, string>();
  if (hitCounter?.metadata?.uid) replaced.set(hitCounter.metadata.uid, "<the HitCounter>");
  for (const [random, what] of chanceAmong(children)) replaced.set(random, what);
  for (const child of children) {
    const { spec } = child as { spec?: { clusterIP?: string; ports?: { nodePort?: number }[] } };
    const address = spec?.clusterIP;
    for (const { nodePort } of spec?.ports ?? []) if (nodePort) replaced.set(`:${nodePort}`, ":<node port>");
    if (child.kind === "Service" && address) replaced.set(address, `<address of ${child.metadata?.name}>`);
  }
  const wantedNodePort = nodePortOf(hitCounter);
  const hashes = new Map<string, string>();

  const text = (value: string): string => {
    if (HASH.test(value)) {
      const known = hashes.get(value) ?? `<hash ${hashes.size + 1}>`;
      hashes.set(value, known);
      return known;
    }
    let result = UID.test(value) && value !== hitCounter?.metadata?.uid ? "<another>" : value;
    for (const [from, to] of replaced) result = result.replaceAll(whole(from), to);
    result = result.replaceAll(TIME, "<time>");
    return name === "" ? result : result.replaceAll(name, "<name>");
  };
  const walk = (value: Json, field: string, kind: string): Json => {
    if (typeof value === "string") return text(value);
    if (field === "healthCheckNodePort") return "<any>";
    if (field === "nodePort") return value === wantedNodePort ? "<as the spec says>" : "<any>";
    if (Array.isArray(value)) return value.map((item) => walk(item, field, kind));
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value)
      .filter(
        ([key]) => !LEFT_OUT.has(key) && !key.startsWith("example.com/test-") && key !== "lastTransitionTime",
      )
      // Whatever it was applied with, its hash is another; that nothing is left to apply is seen by no write.
      .filter(([key]) => key !== "hitcounter.dev/applied")
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, inner]): [string, Json] => {
        if (key === "observedGeneration" && kind === hitCounters.kind) {
          return [key, inner === hitCounter?.metadata?.generation ? "<current>" : "<not current>"];
        }
        const decoded = key === "data" && kind === "Secret" ? decode(inner) : inner;
        return [text(key), walk(decoded, key, kind)];
      })
      .filter(([key, inner]) => !(key === "annotations" && Object.keys(inner as Fields).length === 0));
    return Object.fromEntries(entries);
  };

  const objects = [...(hitCounter ? [hitCounter] : []), ...children].map((object): [string, KubeObject] => [
    `${object.kind} ${text(object.metadata?.name ?? "")}`,
    object,
  ]);
  return Object.fromEntries(
    objects
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([title, object]) => [title, walk(cut(object), "", object.kind ?? "")]),
  );
}

const TIME = /\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z/g;

/** Matches a text where it does not go on as a longer one: `10.96.0.1`, but not in `10.96.0.16`. */
const whole = (text: string) => new RegExp(`${text.replace(/\W/g, "\\$&")}(?!\\d)`, "g");

/** What is compared: of the HitCounter the status, of a child all but that. */
function cut(object: KubeObject): Json {
  const { namespace: _, uid: __, ...metadata } = object.metadata ?? {};
  if (object.kind === hitCounters.kind) {
    return ((object as { status?: Json }).status ?? {}) as Json;
  }
  const { status: ___, ...child } = object as unknown as Fields;
  return { ...child, metadata: metadata as unknown as Json };
}

function decode(data: Json): Json {
  return Object.fromEntries(
    Object.entries(data as Record<string, string>).map(([key, value], index) =>
      // Salts are others for each HitCounter and each day.
      /^\d{4}-\d{2}-\d{2}$/.test(key)
        ? [`day ${index}`, `${Buffer.from(value, "base64").length} bytes of salt`]
        : [key, Buffer.from(value, "base64").toString("utf8")],
    ),
  );
}

function nodePortOf(hitCounter: KubeObject | undefined): number | undefined {
  const { spec } = (hitCounter ?? {}) as { spec?: { proxy?: { service?: { nodePort?: number } } } };
  return spec?.proxy?.service?.nodePort;
}
