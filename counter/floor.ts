/** What goes to Redis with every call, and decides about a count that is lower than it was. */
export interface Limits {
  /** The lowest count that can be true. */
  floor: number;
  /** A lower count that is not below this one is raised to the floor; any other is refused. */
  raiseFrom: number;
}

/** What a process knows of how far the count has come. */
export interface Floor {
  /** Notes a total that Redis has answered. */
  saw(total: number): void;
  limits(): Limits;
}

/** What a floor is made of. */
export interface FloorOptions {
  /** A count that was believed before this process was there; it may change. */
  believed: () => number;
  /** Of how many seconds Redis may lose what it has answered. */
  mayLoseSeconds: number;
  /** Milliseconds on a clock that does not jump. */
  now: () => number;
}

/** How far apart are the moments at which it is remembered where the count stood (ms). */
const STEP = 250;

/**
 * The highest count that was seen, which no lower one may follow. Where Redis may lose the last seconds, a count as it
 * stood before those is raised again, so that the numbers which this process saw are not given twice; one that is
 * lower still, such as a fresh 0, is no lost second.
 */
export function createFloor({ believed, mayLoseSeconds, now }: FloorOptions): Floor {
  let highest = 0;
  /** The first is where the count stood before what may be lost; or, in a young process, where it was first seen. */
  const stood: { at: number; total: number }[] = [];

  return {
    saw(total) {
      highest = Math.max(highest, total);
      if (mayLoseSeconds === 0) {
        return;
      }
      const at = now();
      const last = stood.at(-1);
      if (last === undefined || at - last.at >= STEP) {
        stood.push({ at, total: highest });
      }
      for (
        let next = stood[1];
        next !== undefined && next.at <= at - mayLoseSeconds * 1000;
        next = stood[1]
      ) {
        stood.shift();
      }
    },
    limits() {
      const known = believed();
      if (known > highest) {
        return { floor: known, raiseFrom: known };
      }
      return { floor: highest, raiseFrom: stood[0]?.total ?? highest };
    },
  };
}
