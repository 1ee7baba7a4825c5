import type { KubeObject, OwnerReference } from "./objects.ts";

/** The reference to the owner that controls an object. */
export function controllerOf(object: KubeObject | undefined): OwnerReference | undefined {
  return object?.metadata?.ownerReferences?.find(({ controller }) => controller === true);
}

/** A reference to the owner that controls an object, which garbage collection then removes with its owner. */
export function controllerReference(owner: {
  apiVersion: string;
  kind: string;
  metadata: { name: string; uid: string };
}): OwnerReference {
  const { apiVersion, kind, metadata } = owner;
  const { name, uid } = metadata;
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}
