/** Keepers have numbers from 0 up to this, which none has: a ballot tells by its remainder whose it is. */
export const KEEPER_NUMBERS = 8;

/** A ballot of this keeper's own that is above all it has seen. */
export function nextBallot(highestSeen: number, keeper: number): number {
  return (Math.floor(highestSeen / KEEPER_NUMBERS) + 1) * KEEPER_NUMBERS + keeper;
}
