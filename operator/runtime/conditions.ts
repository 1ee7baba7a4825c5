/** What has conditions, as the Kubernetes API conventions define them. */
interface Status<C> {
  conditions?: readonly C[] | undefined;
}

/** The condition of this type. */
export const conditionOf = <C extends { type: string }>(
  status: Status<C> | undefined,
  type: string,
): C | undefined => status?.conditions?.find((condition) => condition.type === type);

/** Whether a status has a condition of this type, and it holds. */
export const isTrue = (status: Status<{ type: string; status: string }> | undefined, type: string) =>
  conditionOf(status, type)?.status === "True";

/** Makes conditions of what holds `now`: each keeps the time of its last transition while its status is as it was before. */
export function withTransitionTimes<V extends { type: string; status: string }>(
  verdicts: readonly V[],
  before: readonly { type: string; status: string; lastTransitionTime: string }[] | undefined,
  { observedGeneration, now }: { observedGeneration: number; now: Date },
) {
  return verdicts.map((verdict) => {
    const known = conditionOf({ conditions: before }, verdict.type);
    const unchanged = known?.status === verdict.status;
    const lastTransitionTime = unchanged ? known.lastTransitionTime : wholeSeconds(now);
    return { ...verdict, observedGeneration, lastTransitionTime };
  });
}

/** Kubernetes writes these times in whole seconds. */
const wholeSeconds = (time: Date) => time.toISOString().replace(/\.\d+Z$/, "Z");
