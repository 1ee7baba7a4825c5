import { microTime } from "./clock.ts";
import type { KubeObject, ResourceKind } from "./objects.ts";

/** A Lease of coordination.k8s.io/v1: who holds it, since when, and for how long after the last renewal. */
export interface Lease extends KubeObject {
  spec?: {
    holderIdentity?: string;
    leaseDurationSeconds?: number;
    /** MicroTime, as all times here. */
    acquireTime?: string;
    renewTime?: string;
    leaseTransitions?: number;
  };
}

export const leases: ResourceKind<Lease> = {
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  plural: "leases",
  namespaced: true,
};

/** The Lease as its holder to be, or its holder, writes it; everything else about it stays as it is. */
export function claimed(lease: Lease, identity: string, seconds: number, now: Date): Lease {
  const { holderIdentity, acquireTime, leaseTransitions } = lease.spec ?? {};
  const isNew = lease.metadata?.resourceVersion === undefined;
  const transitions = leaseTransitions ?? 0;
  const time = microTime(now);
  const mine = holderIdentity === identity;
  return {
    ...lease,
    spec: {
      ...lease.spec,
      holderIdentity: identity,
      leaseDurationSeconds: seconds,
      acquireTime: mine && acquireTime !== undefined ? acquireTime : time,
      renewTime: time,
      leaseTransitions: mine || isNew ? transitions : transitions + 1,
    },
  };
}

/** The Lease as its holder leaves it: nobody's, free at once. */
export function released(lease: Lease, now: Date): Lease {
  const time = microTime(now);
  // The shortest duration that Kubernetes allows.
  const free = { holderIdentity: "", leaseDurationSeconds: 1, acquireTime: time, renewTime: time };
  return { ...lease, spec: { ...lease.spec, ...free } };
}
