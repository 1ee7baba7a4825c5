import type { Condition } from "../../api/hitCounter.ts";
import type { Problem } from "../problem.ts";

/** What a condition says: whether it holds, why in one word, and why in a sentence. */
export interface Verdict extends Pick<Condition, "status" | "reason" | "message"> {
  /** Only a person can mend it. */
  readonly lasting?: boolean;
}

const LONGEST_MESSAGE = 4096;
const shortened = (message: string) =>
  message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE - 1)}…` : message;

const verdict =
  (status: Verdict["status"]) =>
  (reason: string, message: string): Verdict => ({ status, reason, message: shortened(message) });
/** It holds. */
export const yes = verdict("True");
/** It does not. */
export const no = verdict("False");

/** What went wrong as a sentence. */
export const sentence = (message: string) =>
  `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.!?]$/.test(message) ? "" : "."}`;

/** What is waited for and over sooner, in milliseconds, is nothing to tell of. */
const MOMENT_MS = 1_000;

/** The problems there are for this reason as a paragraph, each told once; empty where there are none to tell of. */
export const sentences = (problems: readonly Problem[], wanted: string) => {
  const told = problems
    .filter(({ reason }) => reason === wanted)
    .filter(({ kind, lookAgainMs }) => kind !== "waiting" || lookAgainMs >= MOMENT_MS)
    .map(({ message }) => sentence(message));
  return [...new Set(told)].join(" ");
};
