import type { Look } from "../types.ts";
import { type Connection, refusalIn, type Send } from "./connection.ts";
import { numberIn, positionIn } from "./data.ts";
import { type Fields, followersIn, isRewriting, linkIn } from "./info.ts";
import { asNoAnswer } from "./said.ts";
import { lookScript } from "./scripts.ts";

/** How long a node may take to answer a look (ms). */
export const LOOK_MS = 1_000;

/** Looks at a node: how far its data has come and to whom it belongs, all at one time. */
export async function look(connection: Connection): Promise<Look> {
  try {
    return await connection.exchange(LOOK_MS, async (send) => {
      const reply = await runLook(send);
      return reply instanceof Error ? refusalIn(reply) : readLook(reply);
    });
  } catch (error) {
    return asNoAnswer(error);
  }
}

async function runLook(send: Send): Promise<unknown> {
  const [reply] = await send([["evalsha", lookScript.digest, 0]]);
  // One that was started anew learns the script by running it.
  if (!(reply instanceof Error && reply.message.startsWith("NOSCRIPT"))) return reply;
  const [again] = await send([["eval", lookScript.text, 0]]);
  return again;
}

/** What the script's answer says. Throws where it is something else. */
function readLook(reply: unknown): Look {
  const told = JSON.parse(String(reply)) as Fields;
  const { term = "", pos = "", fence = "", keys = "" } = told;
  return {
    kind: "answered",
    ...positionIn(term, pos, numberIn(fence), numberIn(keys)),
    link: linkIn(told),
    followers: followersIn(told),
    rewriting: isRewriting(told),
  };
}
