/** How often it is looked whether something is due (ms). */
export const TICK_MS = 5;
/** By how much of a hold-up is made up for (ms). */
const MAKES_UP_MS = 50;

/**
 * Does something so many times a second, unless it `isFull`, until the function that it returns is called. What a slow
 * machine held up for long is not made up for: it would be asked by crowds, and need for them the time that it lacks.
 */
export function startPace(perSecond: number, act: () => void, isFull = () => false): () => void {
  const most = Math.max(1, (MAKES_UP_MS / 1000) * perSecond);
  let due = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    due = Math.min(most, due + ((now - last) / 1000) * perSecond);
    last = now;
    for (; due >= 1 && !isFull(); due -= 1) act();
  }, TICK_MS);
  return () => clearInterval(timer);
}
