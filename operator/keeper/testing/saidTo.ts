import { type Command, type Connection, NoReply } from "../redis/connection.ts";

/** A connection that answers by hand: what each step is answered, in order; the last is cut off where there are no more. */
export function saidTo(...answers: readonly (readonly unknown[])[]): {
  connection: Connection;
  steps: (readonly Command[])[];
} {
  const steps: (readonly Command[])[] = [];
  let mayHaveActed = false;
  return {
    steps,
    connection: {
      exchange: (_ms, talk) =>
        talk(async (commands, acts) => {
          const answer = answers[steps.push(commands) - 1];
          mayHaveActed ||= acts === "acts";
          if (answer === undefined) throw new NoReply("cut off", mayHaveActed);
          return answer;
        }),
      close: () => {},
    },
  };
}

/** What a node is answered with that is watched: its fence, its term, and its position. */
export const watched = (
  fence: string | null,
  term: string | null,
  pos: string | null = null,
): readonly unknown[] => ["OK", [fence, term, pos]];

/** What a transaction of so many commands answers that was done. */
export const executed = (...replies: readonly unknown[]): readonly unknown[] => [
  "OK",
  ...replies.map(() => "QUEUED"),
  replies,
];

/** The commands' names, step by step. */
export const namesOf = (steps: readonly (readonly Command[])[]): string[] =>
  steps.map((commands) => commands.map(([name]) => name).join(" "));
