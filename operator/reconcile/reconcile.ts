import type { V1Deployment, V1Secret, V1StatefulSet } from "@kubernetes/client-node";
import type { HitCounter } from "../api/hitCounter.ts";
import { counterDeployment } from "../desired/counterDeployment.ts";
import { desiredObjects, type ManagedObject } from "../desired/index.ts";
import type { Inputs } from "../desired/inputs.ts";
import { MANAGED_BY, proxyServiceName } from "../desired/names.ts";
import { passwordIn, redisSecret } from "../desired/redisSecret.ts";
import { redisStatefulSet } from "../desired/redisStatefulSet.ts";
import { isAutoscaled } from "../desired/replicas.ts";
import { hitCounters } from "../kinds.ts";
import type { ReconcileContext } from "../runtime/controller.ts";
import type { Key } from "../runtime/key.ts";
import { done, type Outcome, requeueAfter, TerminalError } from "../runtime/outcome.ts";
import { keepBelievedCount } from "./believed.ts";
import { applyChild, childrenOf, Gone, pruneChildren, type Turn, titleOf, Waiting } from "./children.ts";
import { applyCounterService } from "./counterAddress.ts";
import { newsOf } from "./news.ts";
import { askProxy, observe } from "./observe.ts";
import type { ProbeResult } from "./probe.ts";
import { computeStatus, reasonOf, sameStatus } from "./status.ts";
import { type Plan, planUpgrade } from "./upgrade.ts";
import { growVolume, templateSize } from "./volume.ts";
import type { World } from "./world.ts";

/** How often a HitCounter's count is read again, in milliseconds. */
const HITS_INTERVAL_MS = 10_000;
/** How soon a proxy is asked again that gave no count though all is up, or only now does, in milliseconds. */
const NO_ANSWER_INTERVAL_MS = 1_000;
/** How soon a HitCounter is looked at again whose children were changed: once more, until nothing is left to do. */
const CHANGED_INTERVAL_MS = 1_000;

/** Makes the world as a HitCounter wants it, then tells how it is. */
export async function reconcile(world: World, key: Key, context: ReconcileContext): Promise<Outcome> {
  const hitCounter = world.hitCounters.get(key);
  if (!hitCounter) {
    world.refusals.forget(key);
    world.settled.forget(key);
    world.answering.forget(key);
  }
  if (!hitCounter || hitCounter.metadata.deletionTimestamp) return done; // garbage collection does the rest

  const turn: Turn = {
    ...context,
    changes: [],
    beforeMaking: () => checkStillThere(world, hitCounter, context),
  };
  const plan = planUpgrade(hitCounter, observe(world, hitCounter));
  // Remembered before it is done: who goes on after a crash must not try the version that failed again.
  const told = plan.isNew ? (await tell(world, hitCounter, plan, undefined, turn)).told : hitCounter;
  const failure = await makeItSo(world, told, plan, turn).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure instanceof Gone) return done; // the watch is about to tell
  const changes = turn.changes.map(({ child, result }) => `${child} ${result}`);
  if (changes.length > 0) turn.log.info("changed children", { changes });
  const { probe, told: now } = await tell(world, told, plan, failure, turn);

  // What waits, or what only a person can mend, is looked at again like the count; the rest is retried with backoff.
  if (failure && !(failure instanceof Waiting || failure instanceof TerminalError)) throw failure;
  if (changes.length > 0) return requeueAfter(CHANGED_INTERVAL_MS);
  const ready = reasonOf(now.status, "Ready");
  if ((probe && "failure" in probe) || ready === "Confirming") return requeueAfter(NO_ANSWER_INTERVAL_MS);
  // What counters are told of a lost count follows from the status, whose own change is no event; all else has one.
  return probe || failure || ready === "CountWentBack" ? requeueAfter(HITS_INTERVAL_MS) : done;
}

/**
 * Throws Gone where a HitCounter of the cache is no longer there. The watch of a child may tell that garbage collection
 * took it before another one tells that its HitCounter was deleted. A HitCounter that is new has lost no child yet.
 */
async function checkStillThere(
  { client }: World,
  { metadata, status }: HitCounter,
  { signal }: ReconcileContext,
): Promise<void> {
  if ((status?.observedGeneration ?? -1) < 0) return;
  const { namespace, name } = metadata;
  const live = await client.get(hitCounters, { namespace, name }, { signal });
  if (live?.metadata.uid !== metadata.uid || live.metadata.deletionTimestamp) {
    throw new Gone(`HitCounter ${namespace}/${name} is gone`);
  }
}

/** Applies every child in turn, then deletes what is no longer wanted; nothing where that has been done. */
async function makeItSo(world: World, hitCounter: HitCounter, plan: Plan, turn: Turn): Promise<void> {
  if (hitCounter.spec.paused) return;
  await keepBelievedCount(world, hitCounter, turn.signal);
  await growVolume(world, hitCounter, turn);
  if (world.settled.has(hitCounter, plan.version, childrenOf(world, hitCounter))) return;
  const service = await applyCounterService(world, hitCounter, turn);
  const inputs: Omit<Inputs, "redisPassword"> = {
    hitCounter,
    defaultImages: world.defaultImages,
    version: plan.version,
    counterClusterIp: service.spec?.clusterIP ?? "",
    counterReplicas: undefined,
    volumeSize: "",
  };
  // The password, the size in the claim's template and what an autoscaler has set stay as they are in what there is.
  const secret = await applyChild<V1Secret>(
    world,
    hitCounter,
    (live) => redisSecret({ ...inputs, redisPassword: passwordIn(live) ?? world.newPassword() }),
    turn,
  );
  const redisPassword = passwordIn(secret) ?? "";
  const statefulSet = await applyChild<V1StatefulSet>(
    world,
    hitCounter,
    (live) => redisStatefulSet({ ...inputs, redisPassword, volumeSize: templateSize(hitCounter, live) }),
    turn,
  );
  const volumeSize = templateSize(hitCounter, statefulSet);
  const deployment = await applyChild<V1Deployment>(
    world,
    hitCounter,
    (live) => counterDeployment({ ...inputs, redisPassword, counterReplicas: live?.spec?.replicas }),
    turn,
  );
  const desired = desiredObjects({ ...inputs, redisPassword, volumeSize });
  const made: ManagedObject[] = [service, secret, statefulSet, deployment];
  const titles = new Set(made.map(titleOf));
  for (const object of desired) {
    if (!titles.has(titleOf(object))) made.push(await applyChild(world, hitCounter, () => object, turn));
  }
  await pruneChildren(world, hitCounter, desired, turn);
  // What was written is, by the API server's own answer, as it should be, and need not be compared once more. Only
  // replicas that an autoscaler is to go on from are left to it at the next look.
  if (turn.changes.length === 0 || !isAutoscaled(hitCounter)) {
    world.settled.note(hitCounter, plan.version, made);
  }
}

/**
 * Writes the status if it changed, and what is new as events. Returns the HitCounter with its status, and what the proxy
 * said if it was asked.
 */
async function tell(
  world: World,
  hitCounter: HitCounter,
  plan: Plan,
  failure: unknown,
  { changes, log, signal }: Turn,
): Promise<{ told: HitCounter; probe: ProbeResult | undefined }> {
  const observed = observe(world, hitCounter);
  const service = `Service ${proxyServiceName(hitCounter)}`;
  const isNew = changes.some(({ child, result }) => child === service && result === "created");
  // Every node has to learn of a Service first: that one answers says nothing of the others.
  const probe = isNew ? { failure: "its Service is new" } : await askProxy(world, hitCounter, observed);
  const now = world.now();
  const steady = world.answering.isSteady(hitCounter.metadata, probe, now);
  const status = computeStatus({ hitCounter, observed, probe, steady, plan, failure }, now);
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
  return { told: { ...hitCounter, status }, probe };
}
