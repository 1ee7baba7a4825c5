/** Kubernetes' MicroTime, which the API server takes only with all six digits of the second. */
export function microTime(time: Date): string {
  return time.toISOString().replace("Z", "000Z");
}
