import type { Condition } from "../../api/hitCounter.ts";
import type { Problem } from "../problem.ts";

/** What a condition says: whether it holds, why in one word, and why in a sentence. */
export interface Verdict extends Pick<Condition, "status" | "reason" | "message"> {
  /** Only a person can mend it. */
  readonly lasting?: boolean;
}

export const yes = (reason: string, message: string): Verdict => ({ status: "True", reason, message });
export const no = (reason: string, message: string): Verdict => ({ status: "False", reason, message });

/** What went wrong as a sentence. */
export const sentence = (message: string) =>
  `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.!?]$/.test(message) ? "" : "."}`;

/** The problems there are for this reason as a paragraph, each told once; empty where there are none. */
export const sentences = (problems: readonly Problem[], wanted: string) => {
  const told = problems.filter(({ reason }) => reason === wanted);
  return [...new Set(told.map(({ message }) => sentence(message)))].join(" ");
};
