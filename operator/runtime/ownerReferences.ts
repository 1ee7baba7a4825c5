import type { KubeObject, OwnerReference } from "./objects.ts";

/** The reference to the owner that controls an object. */
export function controllerOf(object: KubeObject | undefined): OwnerReference | undefined {
  return object?.metadata?.ownerReferences?.find(({ controller }) => controller === true);
}

interface Owner {
  apiVersion: string;
  kind: string;
  metadata: { name: string; uid: string };
}

/** A reference to an owner of an object, which garbage collection then removes with its last owner. */
export const ownerReference = ({ apiVersion, kind, metadata: { name, uid } }: Owner): OwnerReference => ({
  apiVersion,
  kind,
  name,
  uid,
});

/** A reference to the owner that controls an object. */
export const controllerReference = (owner: Owner): OwnerReference => ({
  ...ownerReference(owner),
  controller: true,
  blockOwnerDeletion: true,
});
