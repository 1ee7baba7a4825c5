import type { HitCounter } from "../../api/hitCounter.ts";
import { counterRevisionName } from "../../desired/counterRevision.ts";
import {
  type CounterSettings,
  counterSettingsOf,
  readCounterSettings,
  revisionOf,
} from "../../desired/counterSettings.ts";
import { controllerOf } from "../../runtime/index.ts";
import type { Context } from "../context.ts";

/** Which settings the counters should run. */
export interface Choice {
  readonly settings: CounterSettings;
  /** What last was healthy, if anything was. */
  readonly healthy: CounterSettings | undefined;
  /** What is wanted has failed, and is not tried again until spec asks for something else. */
  readonly takenBack: boolean;
}

/** Chooses between what is wanted and what last was healthy: the status remembers what was taken back. */
export function chooseSettings(context: Pick<Context, "children">, hitCounter: HitCounter): Choice {
  const { spec, status } = hitCounter;
  const wanted = counterSettingsOf(spec);
  const healthy = healthySettings(context, hitCounter, wanted);
  const failed = status?.rolledBackRevision === revisionOf(wanted);
  if (!failed || !healthy || !spec.upgrade.rollback) return { settings: wanted, healthy, takenBack: false };
  return { settings: healthy, healthy, takenBack: true };
}

/** Where nothing was kept, as by an operator that did not keep it yet, the tag is all that is known of it. */
function healthySettings(
  { children }: Pick<Context, "children">,
  hitCounter: HitCounter,
  wanted: CounterSettings,
): CounterSettings | undefined {
  const { lastHealthyRevision: revision, lastHealthyVersion: version } = hitCounter.status ?? {};
  if (revision === revisionOf(wanted)) return wanted;
  const { namespace, uid } = hitCounter.metadata;
  const name = counterRevisionName(hitCounter, revision ?? "");
  const kept = revision ? children.ControllerRevision.get({ namespace, name }) : undefined;
  const settings = controllerOf(kept)?.uid === uid ? readCounterSettings(kept?.data) : undefined;
  if (settings) return settings;
  return version === undefined ? undefined : { ...wanted, version };
}
