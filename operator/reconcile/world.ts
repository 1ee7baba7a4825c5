import type { V1PersistentVolumeClaim, V1Pod } from "@kubernetes/client-node";
import type { HitCounter } from "../api/hitCounter.ts";
import type { DefaultImages } from "../desired/inputs.ts";
import type { ChildKind, ChildTypes } from "../kinds.ts";
import type { EventRecorder } from "../runtime/events.ts";
import type { KubeClient } from "../runtime/kubeClient.ts";
import type { KubeObject } from "../runtime/objects.ts";
import type { Store } from "../runtime/store.ts";
import type { Answering } from "./answering.ts";
import type { Probe } from "./probe.ts";
import type { Refusals } from "./refusals.ts";
import type { Settled } from "./settled.ts";

/** A watched kind's objects, which also takes the answers of writes. */
export interface Cache<T extends KubeObject> extends Store<T> {
  /** Returns the object as the cache has it. */
  record(object: T): T;
}

/** Everything a reconcile sees and touches; a test passes its own. */
export interface World {
  client: KubeClient;
  hitCounters: Cache<HitCounter>;
  /** Children by the uid of the HitCounter that owns them. */
  children: { [K in ChildKind]: Cache<ChildTypes[K]> };
  /** Pods of the children by HitCounter, cut down to what tells how they start. */
  pods: Store<V1Pod>;
  /** Claims of the volumes of Redis. */
  volumeClaims: Cache<V1PersistentVolumeClaim>;
  refusals: Refusals;
  settled: Settled;
  answering: Answering;
  defaultImages: DefaultImages;
  /** Asks the proxy of a HitCounter for its count. */
  probe: Probe;
  events: EventRecorder;
  now: () => Date;
  /** A new password, fit for redis.conf. */
  newPassword: () => string;
}
