import type { HitCounter, HitCounterStatus } from "../api/hitCounter.ts";
import { counterService } from "../desired/counterService.ts";
import { desiredObjects } from "../desired/index.ts";
import { childName, MANAGED_BY } from "../desired/names.ts";
import { passwordIn } from "../desired/redisSecret.ts";
import { isAutoscaled } from "../desired/replicas.ts";
import type { ReconcileContext } from "../runtime/controller.ts";
import type { Key } from "../runtime/key.ts";
import { done, type Outcome, requeueAfter, TerminalError } from "../runtime/outcome.ts";
import { applyChild, liveChild, pruneChildren, type Turn, Waiting } from "./children.ts";
import { hitCounters } from "./kinds.ts";
import { newsOf } from "./news.ts";
import { observe } from "./observe.ts";
import { computeStatus, reasonOf, sameStatus } from "./status.ts";
import type { World } from "./world.ts";

/** How often a HitCounter's count is read again, in milliseconds. */
const HITS_INTERVAL_MS = 10_000;
/** How soon a proxy that gave no count though all is up is asked again, as no event tells when it will: milliseconds. */
const NO_ANSWER_INTERVAL_MS = 1_000;

/** Makes the world as a HitCounter wants it, then tells how it is. */
export async function reconcile(world: World, key: Key, context: ReconcileContext): Promise<Outcome> {
  const hitCounter = world.hitCounters.get(key);
  if (!hitCounter || hitCounter.metadata.deletionTimestamp) return done; // garbage collection does the rest

  const turn: Turn = { ...context, changes: [] };
  const failure = await makeItSo(world, hitCounter, turn).then(
    () => undefined,
    (error: unknown) => error,
  );
  const status = await tell(world, hitCounter, failure, turn);

  // What waits, or what only a person can mend, is looked at again like all else; the rest is retried with backoff.
  if (failure && !(failure instanceof Waiting || failure instanceof TerminalError)) throw failure;
  return requeueAfter(reasonOf(status, "Ready") === "NoAnswer" ? NO_ANSWER_INTERVAL_MS : HITS_INTERVAL_MS);
}

/** Applies every child in turn, then deletes what is no longer wanted. */
async function makeItSo(world: World, hitCounter: HitCounter, turn: Turn): Promise<void> {
  const { namespace } = hitCounter.metadata;
  const secret = await liveChild(world, "Secret", { namespace, name: childName(hitCounter, "redis") });
  const counter =
    isAutoscaled(hitCounter) &&
    (await liveChild(world, "Deployment", { namespace, name: childName(hitCounter, "counter") }));
  const service = await applyChild(world, hitCounter, counterService(hitCounter), turn);
  const desired = desiredObjects({
    hitCounter,
    defaultImages: world.defaultImages,
    redisPassword: passwordIn(secret) ?? world.newPassword(),
    counterReplicas: counter ? counter.spec?.replicas : undefined,
    counterClusterIp: service.spec?.clusterIP ?? "",
  });
  for (const object of desired) await applyChild(world, hitCounter, object, turn);
  await pruneChildren(world, hitCounter, desired, turn);
}

/** Writes the status if it changed, and what is new as events; returns the status. */
async function tell(
  world: World,
  hitCounter: HitCounter,
  failure: unknown,
  { changes, log, signal }: Turn,
): Promise<HitCounterStatus> {
  const status = computeStatus(hitCounter, await observe(world, hitCounter), failure, world.now());
  if (!sameStatus(hitCounter.status, status)) {
    const { namespace, name } = hitCounter.metadata;
    const written = await world.client.patchStatus(hitCounters, { namespace, name }, status, {
      fieldManager: MANAGED_BY,
      signal,
    });
    world.hitCounters.record(written);
    if (failure instanceof TerminalError) log.error("refused", { error: failure });
  }
  for (const note of newsOf(hitCounter, changes, status)) world.events.record(hitCounter, note);
  return status;
}
