import type { HitCounter, HitCounterSpec } from "../api/hitCounter.ts";
import { hitCounterSpec } from "../api/spec.ts";
import { shortHash } from "./hash.ts";

/**
 * What of a spec decides the counter's pod template: what is taken back as a whole where it fails. Redis's durability is
 * not among it, as counters have to know the one there is.
 */
export interface CounterSettings extends Pick<HitCounterSpec, "version" | "message" | "imagePullSecrets"> {
  readonly counter: Pick<HitCounterSpec["counter"], "image" | "resources" | "pod">;
  /** Only where there may be any, so that settings of before there were pages keep their name. */
  readonly pages?: HitCounterSpec["pages"];
  /** Likewise. */
  readonly visitors?: HitCounterSpec["visitors"];
}

/** The settings that a spec asks for. */
export function counterSettingsOf(spec: HitCounterSpec): CounterSettings {
  const { version, message, imagePullSecrets, counter, pages, visitors } = spec;
  const { image, resources, pod } = counter;
  return {
    version,
    message,
    ...(imagePullSecrets && { imagePullSecrets }),
    counter: { ...(image !== undefined && { image }), resources, ...(pod && { pod }) },
    ...(pages.max > 0 && { pages }),
    ...(visitors.enabled && { visitors }),
  };
}

/** Names settings: equal ones have the same name, whatever the order of their fields. */
export const revisionOf = (settings: CounterSettings): string => shortHash(JSON.stringify(settings, sorted));

const sorted = (_name: string, value: unknown) =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value;

/** The HitCounter as it would be if its spec asked for these settings. */
export function withCounterSettings(hitCounter: HitCounter, settings: CounterSettings): HitCounter {
  const { imagePullSecrets: _, counter: wanted, ...spec } = hitCounter.spec;
  const { image: __, pod: ___, ...counter } = wanted;
  const none = { pages: { max: 0 }, visitors: { enabled: false } };
  return {
    ...hitCounter,
    spec: { ...spec, ...none, ...settings, counter: { ...counter, ...settings.counter } },
  };
}

/** Settings as they were written down; undefined where they are none, or none of this version's. */
export function readCounterSettings(written: unknown): CounterSettings | undefined {
  const { success, data } = hitCounterSpec.safeParse(written);
  return success ? counterSettingsOf(data) : undefined;
}
