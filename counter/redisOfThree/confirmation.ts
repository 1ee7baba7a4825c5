import { ReplyError } from "ioredis";
import type { ScriptCall } from "../batch.ts";
import { answerTo, Refused, Unconfirmed } from "../link.ts";
import type { LookAnswer } from "../look.ts";
import type { Term } from "./primary.ts";

/** What a primary replied to one write, in the order in which it was asked; an error in the place of what it refused. */
export interface Written {
  /** To the script. */
  readonly script: unknown;
  /** To WAITAOF: on how many disks it is, the primary's own (0 or 1) and the others'. */
  readonly disks: unknown;
  /** To MGET of the term and the fence, after all else. */
  readonly held: unknown;
}

/**
 * The answer of a script, where it may be told: it is on the disk of the primary and of one more, and the term has not
 * ended meanwhile, in which a later one would have begun without it. Throws Refused where the script did nothing,
 * Unconfirmed where it may have.
 */
export function confirmed(call: ScriptCall, { script, disks, held }: Written, term: Term): LookAnswer {
  if (script instanceof Error) {
    throw script instanceof ReplyError ? new Refused(script.message) : script;
  }
  const answer = answerTo(call, script);
  const [own, others] = numbersIn(disks);
  if (!(own >= 1 && others >= 1)) {
    throw new Unconfirmed(`On ${own} and ${others} disks, of 1 and 1 that it takes${reasonIn(disks)}`);
  }
  if (!Array.isArray(held) || held[0] !== term.text || held[1] !== `${term.number}`) {
    throw new Unconfirmed(`Term ${term.number} has ended${reasonIn(held)}`);
  }
  return answer;
}

/** Whether what a write failed with means that this is the primary no more, or may not be. */
export const isToBeLeft = (error: unknown): boolean =>
  !(error instanceof Refused) || /^(READONLY|FENCED)\b/.test(error.message);

const numbersIn = (disks: unknown): [number, number] =>
  Array.isArray(disks) ? [Number(disks[0]), Number(disks[1])] : [0, 0];

const reasonIn = (reply: unknown) => (reply instanceof Error ? `: ${reply.message}` : "");
