/** How long Redis says the last load of its append-only files took, in seconds; throws where it says nothing. */
export function loadSecondsIn(log: string): number {
  const said = [...log.matchAll(/DB loaded from append only file: (\d+\.\d+) seconds/g)].at(-1)?.[1];
  if (said === undefined) throw new Error(`Redis does not say how long it took to load:\n${log}`);
  return Number(said);
}
