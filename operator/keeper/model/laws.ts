import type { Rules } from "./rules.ts";
import type { Scenario } from "./scenarios.ts";
import type { World } from "./world.ts";

/** Something that can happen next. */
export interface Move {
  /** What kind it is of, for the choice among them. */
  readonly kind: "counter" | "node" | "message" | "follow" | "begin" | "drop" | "crash" | "lose";
  /** The node at which it happens, or -1. */
  readonly node: number;
  readonly name: string;
  run(world: World): void;
}

/** How often what is bounded may happen. */
export interface Bounds {
  readonly hits: number;
  /** How many entries a log may have before counters send no more. */
  readonly entries: number;
  readonly ballots: number;
  readonly crashes: number;
  readonly losses: number;
  /** Times that a keeper tells a node to follow, on its own. */
  readonly follows: number;
  readonly marks: number;
}

/** What a world goes by. */
export interface Laws {
  readonly rules: Rules;
  readonly scenario: Scenario;
  readonly bounds: Bounds;
}
