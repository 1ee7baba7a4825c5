import type { Laws, Move } from "./laws.ts";
import { batchesOf, batchOf, NAMES, termOf } from "./log.ts";
import { flush, isOnline } from "./node.ts";
import { acknowledge, lostAtAcknowledgement } from "./promises.ts";
import type { Rules } from "./rules.ts";
import { dropIt } from "./unsure.ts";
import { at, type ModelCounter, type World } from "./world.ts";

/** What the counters can do next: find the primary, write, wait for a second copy, look whether it still leads, or drop it. */
export function counterMoves(world: World, laws: Laws): Move[] {
  return world.counters.flatMap((_, index) => movesOf(world, laws, index));
}

function movesOf(world: World, { rules, scenario, bounds }: Laws, index: number): Move[] {
  const counter = at(world.counters, index);
  const move = (name: string, run: (next: World, its: ModelCounter) => void): Move => ({
    kind: "counter",
    node: counter.node,
    name: `counter ${index} ${name}`,
    run: (next) => run(next, at(next.counters, index)),
  });
  const drop: Move = { ...move("drops it", (_, its) => dropIt(its, rules)), kind: "drop", node: -1 };
  if (counter.isLone) return loneMoves();
  if (counter.phase === "idle") {
    if (counter.hit < 0 && world.hits >= bounds.hits) return [];
    return primariesIn(world, counter.floorTerm).map(({ node, term }) =>
      move(`finds ${at(NAMES, node)} ${term}`, (next, its) => find(next, its, node, term)),
    );
  }
  const node = at(world.nodes, counter.node);
  if (!node.leads) return [drop];
  const isSame = termOf(node.log)?.number === counter.term && node.fence === counter.term;
  switch (counter.phase) {
    case "found":
      if (node.log.length >= bounds.entries || (rules.scriptChecks && !isSame)) return [drop];
      return [drop, move("writes", (next, its) => write(next, rules, its))];
    case "written":
      if (!hasCopies(world, rules, counter)) return [drop];
      return [
        drop,
        move("hears of a copy", (_, its) => {
          its.phase = "copied";
        }),
      ];
    case "copied":
      if (rules.lastCheck && !isSame) return [drop];
      return [drop, move("acknowledges", (next, its) => tell(next, scenario.losses === "one", its))];
  }

  /** What one does that takes node 0 for the only one, of whatever term it is; and that another comes in its place. */
  function loneMoves(): Move[] {
    const { leads, log, diskLog, rewriting } = at(world.nodes, 0);
    switch (counter.phase) {
      case "idle": {
        const gone: Move = { ...move("is replaced", replaceIt), kind: "follow", node: -1 };
        const hasHit = counter.hit >= 0 || world.hits < bounds.hits;
        return leads && hasHit ? [gone, move("finds a", (next, its) => find(next, its, 0, 0))] : [gone];
      }
      case "found":
        if (!leads || log.length >= bounds.entries) return [drop];
        return [
          drop,
          move("writes", (next, its) => {
            write(next, rules, its);
            its.term = termOf(at(next.nodes, 0).log)?.number ?? 0;
          }),
        ];
      default: {
        const isOnDisk = leads && !rewriting && diskLog.length >= counter.length;
        const tells = move("acknowledges", (next, its) => tell(next, scenario.losses === "one", its));
        return isOnDisk ? [drop, tells] : [drop];
      }
    }
  }
}

/** A counter that knows of one copy ends, with what it was at, and one that knows all three begins. */
function replaceIt(_: World, counter: ModelCounter): void {
  Object.assign(counter, { isLone: false, hit: -1, resend: 0, floorTerm: 0, told: 0 });
}

/** The nodes that look like the primary of a term. */
function primariesIn({ nodes }: World, floorTerm: number): { node: number; term: number }[] {
  return nodes.flatMap(({ log, fence, leads }, node) => {
    const term = termOf(log);
    const isPrimary = leads && term?.holder === NAMES[node] && term?.number === fence && fence >= floorTerm;
    return isPrimary ? [{ node, term: fence }] : [];
  });
}

function find(world: World, counter: ModelCounter, node: number, term: number): void {
  if (counter.hit < 0) {
    counter.hit = world.hits;
    counter.resend = 0;
    world.hits += 1;
  }
  Object.assign(counter, { phase: "found", node, term });
}

/** The call of the script: it writes each time, be the batch known or not, and nothing where the count went back. */
function write(world: World, rules: Rules, counter: ModelCounter): void {
  const node = at(world.nodes, counter.node);
  if (rules.floor && batchesOf(node.log).length < counter.told) {
    dropIt(counter, rules);
    return;
  }
  node.log += batchOf(counter.hit, counter.resend);
  if (!node.rewriting) flush(world, counter.node);
  counter.length = node.log.length;
  counter.phase = "written";
}

/** Whether what the counter wrote is on the disk of the primary, and on that of one that follows it. */
function hasCopies(world: World, rules: Rules, { node: leader, length }: ModelCounter): boolean {
  const own = at(world.nodes, leader);
  if (own.rewriting || own.diskLog.length < length) return false;
  if (!rules.twoCopies) return true;
  return world.nodes.some(
    ({ of, log, diskLog, rewriting }, index) =>
      of === leader &&
      isOnline(world, index) &&
      (rules.durable ? !rewriting && diskLog.length >= length : log.length >= length),
  );
}

function tell(world: World, mayNotLose: boolean, counter: ModelCounter): void {
  const { log } = at(world.nodes, counter.node);
  const number = acknowledge(world, batchOf(counter.hit, counter.resend), counter.term, log);
  if (mayNotLose) lostAtAcknowledgement(world, log);
  counter.told = Math.max(counter.told, number);
  counter.floorTerm = Math.max(counter.floorTerm, counter.term);
  Object.assign(counter, { hit: -1, resend: 0, phase: "idle", node: -1, term: 0, length: 0 });
}
