import type { KubeObject } from "./objects.ts";

/** Names one object of a kind; `namespace` is empty where the kind has none. */
export interface Key {
  readonly namespace: string;
  readonly name: string;
}

/** The key of an object. Throws when it has no name yet. */
export function keyOf(object: KubeObject): Key {
  const { name, namespace = "" } = object.metadata ?? {};
  if (name === undefined || name === "") throw new Error(`${object.kind ?? "The object"} has no name`);
  return { namespace, name };
}

/** `namespace/name`, as logs and maps have it. */
export function keyString(key: Key): string {
  return key.namespace === "" ? key.name : `${key.namespace}/${key.name}`;
}
