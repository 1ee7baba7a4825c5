// Keeps groups of the same three nodes in a process of its own: started by main.ts, which measures it.
import process from "node:process";
import { createKeeper } from "../../operator/keeper/index.ts";
import { systemClock } from "../../operator/runtime/clock.ts";

/** What it is told, as JSON in its first argument; the nodes' password is in the environment. */
export interface GroupsToKeep {
  readonly count: number;
  readonly nodes: readonly { readonly name: string; readonly address: string }[];
}
/** The environment variable that has it. */
export const PASSWORD = "KEEPER_PASSWORD";
/** What it prints once all groups are in sync. */
export const IN_SYNC = "in sync";

if (import.meta.main) {
  const { count, nodes } = JSON.parse(process.argv[2] ?? "") as GroupsToKeep;
  const keeper = createKeeper({
    number: 0,
    turn: () => 0,
    clock: systemClock,
    random: Math.random,
    timeOfDay: Date.now,
  });
  const awaited = new Set<string>();
  for (let index = 0; index < count; index += 1) {
    const key = `${index}`;
    awaited.add(key);
    keeper.keep(key, {
      group: {
        nodes: nodes.map((node) => ({ ...node, id: node.name })),
        initialised: true,
        tooFewNodes: false,
        leaving: undefined,
      },
      readCredentials: ({ name }) => ({ username: name, password: process.env[PASSWORD] ?? "" }),
      resolve: async () => undefined,
      onState: ({ condition }) => {
        if (condition === "InSync" && awaited.delete(key) && awaited.size === 0) {
          process.stdout.write(`${IN_SYNC}\n`);
        }
      },
    });
  }
}
