import { hash } from "node:crypto";
import type { Hit, Sightings } from "./batch.ts";
import { dayMs } from "./contract.ts";
import { placeOf, REGISTERS } from "./hyperLogLog.ts";
import { networkOf } from "./network.ts";

/** Tells visitors apart, by nothing that leads back to them. */
export interface Visitors {
  /** What hits tell that was not told today already; it is taken for told from now on. Undefined where it is nothing. */
  sightings(hits: readonly Hit[]): Sightings | undefined;
  /** What was told may not have been heard, or was lost: it is told again when it is seen again. */
  forget(): void;
}

/** What telling visitors apart needs. */
export interface VisitorsOptions {
  /** The salt of a day; undefined while there is none. */
  saltOf: (day: number) => string | undefined;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Told of hits whose visitors can't be told apart, and why. */
  onUncounted: (reason: "salt" | "address", hits: number) => void;
}

/**
 * For so long after midnight nothing is taken for told (ms): to a Redis whose clock is behind the day has not begun, and
 * it takes nothing of it.
 */
const UNSURE_MS = 300_000;

/**
 * A visitor is a hash of where they come from, with the salt of the day; and of the hash, a register and a rank. The salt
 * is a secret of fixed length before the text, and of the hash some 20 bits are told: a hash without more is enough.
 */
export function createVisitors({ saltOf, now, onUncounted }: VisitorsOptions): Visitors {
  const told = new Uint8Array(REGISTERS);
  let toldDay = 0;

  return {
    sightings(hits) {
      const time = now();
      const day = Math.floor(time / dayMs);
      const salt = saltOf(day);
      if (salt === undefined) {
        onUncounted("salt", hits.length);
        return undefined;
      }
      if (day !== toldDay || time % dayMs < UNSURE_MS) told.fill(0);
      toldDay = day;
      let places = "";
      for (const { address } of hits) {
        const network = networkOf(address);
        if (network === undefined) {
          onUncounted("address", 1);
          continue;
        }
        const [register, rank] = placeOf(hash("sha256", salt + network));
        if (rank > (told[register] ?? 0)) {
          told[register] = rank;
          places += `${register} ${rank} `;
        }
      }
      return places === "" ? undefined : { day, places };
    },
    forget: () => void told.fill(0),
  };
}
