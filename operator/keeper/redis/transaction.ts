import { NOWHERE, type Term } from "../types.ts";
import { hostAndPort } from "./address.ts";
import type { Command, Send } from "./connection.ts";
import { numberIn, termIn } from "./data.ts";
import { allOf } from "./said.ts";

/** What a node has promised and has, while it is watched. */
export interface Watched {
  readonly fence: number;
  readonly term: Term | undefined;
  readonly pos: number;
}

/**
 * Has a node do all of this as one, provided that it is as `isFit` wants it to be. Returns what each command was answered,
 * errors too, or, where it was not done, what the node has promised.
 */
export async function transact(
  send: Send,
  isFit: (watched: Watched) => boolean,
  commands: readonly Command[],
): Promise<readonly unknown[] | { readonly fence: number }> {
  const watched = await watch(send);
  if (!isFit(watched)) {
    await send([["unwatch"]]);
    return { fence: watched.fence };
  }
  const replies = await send([["multi"], ...commands, ["exec"]], "acts");
  const done = replies.at(-1);
  if (done instanceof Error) throw done;
  if (Array.isArray(done)) return done;
  // Somebody else was faster.
  const { fence } = await watch(send);
  await send([["unwatch"]]);
  return { fence };
}

async function watch(send: Send): Promise<Watched> {
  const [, kept] = allOf(
    await send([
      ["watch", "fence", "term", "pos"],
      ["mget", "fence", "term", "pos"],
    ]),
  );
  const [fence, term, pos] = (kept as (string | null)[]).map((text) => text ?? "");
  return { fence: numberIn(fence ?? ""), term: termIn(term ?? ""), pos: numberIn(pos ?? "") };
}

/** Ends being anybody's replica. */
export const LEAVE: Command = ["replicaof", "NO", "ONE"];
/** Takes no write and gets nothing, as a node that started. */
export const BELONG_TO_NOBODY: Command = ["replicaof", ...Object.values(hostAndPort(NOWHERE))];
