import { type Ballot, type Changed, changeView, type Spoken } from "./changeView.ts";
import type { Clock } from "./clock.ts";
import type { Action } from "./types.ts";

/** For how long the others are waited for, to have all that the primary has (ms). */
const CATCH_UP_MS = 500;
/** How often they are asked meanwhile (ms). */
const ASK_MS = 20;

/**
 * Has the primary of a term lead no more, waits until both others have what it has, and changes the view. Where they take
 * too long, the ballot decides by what they have: nothing that was acknowledged is missing in two of three.
 */
export async function handOver(
  nodes: readonly Spoken[],
  { term, mark }: Action & { kind: "handOver" },
  ballot: Ballot,
  clock: Clock,
): Promise<Changed> {
  const primary = nodes.find(({ name }) => name === term.holder);
  const told = await primary?.link?.leadNoMore(term, mark);
  if (told?.kind !== "done") {
    return { kind: "failed", outbidBy: told?.kind === "declined" ? told.fence : 0 };
  }
  const until = clock.now() + CATCH_UP_MS;
  const others = nodes.filter((node) => node !== primary);
  await Promise.all(others.map((node) => caughtUp(node, mark, until, clock)));
  return await changeView(nodes, ballot, clock);
}

async function caughtUp({ link }: Spoken, mark: number, until: number, clock: Clock): Promise<void> {
  while (link !== undefined && clock.now() < until) {
    const look = await link.look();
    if (look.kind !== "answered" || look.fence >= mark) return;
    await new Promise<void>((resolve) => void clock.after(ASK_MS, resolve));
  }
}
