/** The middle of some numbers, or the mean of the two in the middle; throws where there are none. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** That of which so many, as a share, are lower, between the two nearest if need be; throws where there are none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  const at = (sorted.length - 1) * share;
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  if (low === undefined || high === undefined) throw new Error("There is no quantile of nothing");
  return low + (high - low) * (at - Math.floor(at));
}
