// The face of the library: all that the rest of the operator uses of it. Only connect.ts stands beside it, since it loads
// @kubernetes/client-node, which every test of the rest would pay for.
export { ApiError, isApiError, refusalOf } from "./apiError.ts";
export { applyIfChanged, hashOf } from "./apply.ts";
export { type Backoff, backoffMs } from "./backoff.ts";
export { type Clock, sleep, systemClock } from "./clock.ts";
export { conditionOf, isTrue, withTransitionTimes } from "./conditions.ts";
export { Controller, done, type Outcome, type ReconcileContext, requeueAfter } from "./controller.ts";
export { type Difference, differences, sameAsApplied } from "./differences.ts";
export { createEventRecorder, type EventNote, type EventRecorder } from "./events.ts";
export { createEventWriter } from "./eventWriter.ts";
export { Fence } from "./fence.ts";
export { collectGarbage } from "./garbage.ts";
export { type Key, keyOf, keyString } from "./key.ts";
export type { KubeClient } from "./kubeClient.ts";
export { LeaderElector } from "./leader.ts";
export { leases } from "./lease.ts";
export { createLogger, errorMessage, type Logger } from "./logger.ts";
export { ownerOfField } from "./managedFields.ts";
export { createMetrics, type Metrics } from "./metrics.ts";
export { type Watched, watchNamespaces } from "./namespaces.ts";
export { hasLabels, type KubeObject, type OwnerReference, type ResourceKind } from "./objects.ts";
export { controllerOf, controllerReference, ownerReference } from "./ownerReferences.ts";
export { Poller } from "./poller.ts";
export { compareQuantities } from "./quantity.ts";
export { serve } from "./serve.ts";
export { allWhenKnown, mapped, ownerOf, type Source } from "./sources.ts";
export type { ChangeType, Store } from "./store.ts";
export { type WatcherOptions, withoutManagedFields } from "./watcher.ts";
