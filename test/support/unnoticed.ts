import type { CoreV1Event } from "@kubernetes/client-node";
import { untilSettledAndGone } from "./aftermath.ts";
import { tell } from "./findings.ts";
import type { Kubectl } from "./kubectl.ts";
import { expectNothingLost, type Seen, underLoad } from "./underLoad.ts";

/** How often a change is made at most. */
const MAX_ROUNDS = 3;

/**
 * Changes something under load, waits until all has settled, and expects that no visitor noticed. Where the pod of Redis
 * is replaced, the API server may not let its kubelet read the claim at first, and the kubelet asks again 10 to 15 s later
 * (docs/kubernetes-versions.md): if that was seen, and all that came of it is that visitors were told to come again, the
 * change is made once more. It has to be one that replaces Redis each time.
 */
export async function expectUnnoticed(
  kubectl: Kubectl,
  name: string,
  what: string,
  change: () => Promise<unknown>,
  options: Parameters<typeof underLoad>[4] = {},
): Promise<void> {
  for (let round = 1; ; round += 1) {
    const before = await refusedClaims(kubectl, name);
    const seen = await underLoad(
      kubectl,
      name,
      what,
      async () => {
        await change();
        await untilSettledAndGone(kubectl, name);
      },
      options,
    );
    const refused = (await refusedClaims(kubectl, name)) - before;
    if (round === MAX_ROUNDS || !isForWantOfAClaim(seen, refused)) {
      expectNothingLost(seen);
      return;
    }
    const cost = `${seen.failures.length} of ${seen.requests} requests`;
    tell("kept from its volume", `${what}: a new Redis, which cost ${cost}; done again`);
  }
}

/**
 * Whether visitors were told to come again as the kubelet could not read a claim (so many times), and nothing worse:
 * nobody was given a number twice, and none that was given is missing.
 */
export function isForWantOfAClaim(
  { failures, twice, countMinusAnswers }: Pick<Seen, "failures" | "twice" | "countMinusAnswers">,
  refused: number,
): boolean {
  const areTold = failures.length > 0 && failures.every((failure) => failure.includes(" s: 503 "));
  const areCounted = countMinusAnswers >= 0 && countMinusAnswers <= failures.length;
  return refused > 0 && areTold && areCounted && twice.length === 0;
}

/** How often the kubelet has told that it may not read the claim of this HitCounter's Redis. */
async function refusedClaims(kubectl: Kubectl, name: string): Promise<number> {
  const which = `reason=FailedMount,involvedObject.name=${name}-redis-0`;
  const { items } = await kubectl.json<{ items: CoreV1Event[] }>("get", "events", "--field-selector", which);
  return items
    .filter(({ message }) => message?.includes("no relationship found between node"))
    .reduce((total, { count = 1 }) => total + count, 0);
}
