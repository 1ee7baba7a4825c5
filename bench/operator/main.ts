// Measures the operator beside two peers on a real API server without nodes: npm run bench:operator
import process from "node:process";
import { parseArgs } from "node:util";
import { wholeNumber } from "../support/options.ts";
import { printed } from "../support/table.ts";
import { type Contender, type ContenderName, contenderNames, makeContenders } from "./contenders.ts";
import { measure, type Result, type Size } from "./measure.ts";
import { report } from "./report.ts";

const usage = `Usage: npm run bench:operator -- [--n 100,1000] [--rounds R] [--contenders NAME,NAME] [--namespaces K]
                               [--idle-seconds S] [--product-flags FLAG,FLAG] [--markdown]

Each contender gets an API server of its own with N HitCounters, is started, and measured until every child and every
status is there; then for S seconds with nothing to do (120, which is how often the product collects garbage), and after
a restart. Contenders: ${contenderNames.join(", ")}. They take turns in each of R rounds (3), and medians are told.
--product-flags are further flags of Node.js for the product. --markdown prints the tables as docs/reliability.md has them.
The exit code tells whether the product keeps its bounds.
`;

const { values } = parseArgs({
  options: {
    n: { type: "string", default: "100,1000" },
    rounds: { type: "string", default: "3" },
    contenders: { type: "string", default: contenderNames.join(",") },
    namespaces: { type: "string", default: "1" },
    "idle-seconds": { type: "string", default: "120" },
    "product-flags": { type: "string", default: "" },
    markdown: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

if (values.help) process.stdout.write(usage);
else await main();

async function main(): Promise<void> {
  const contenders = await makeContenders(chosenContenders(), listOf(values["product-flags"]));
  const missed: string[] = [];
  for (const n of listOf(values.n).map((value) => wholeNumber("--n", value))) {
    const size = {
      n,
      namespaces: wholeNumber("--namespaces", values.namespaces),
      idleSeconds: wholeNumber("--idle-seconds", values["idle-seconds"]),
    };
    const told = report(n, await inTurns(contenders, wholeNumber("--rounds", values.rounds), size));
    process.stdout.write(`${printed(told.rows, values.markdown)}\n`);
    missed.push(...told.missed.map((title) => `N = ${n}, ${title}`));
  }
  if (missed.length > 0) process.stderr.write(`Missed: ${missed.join("; ")}\n`);
  process.exitCode = missed.length === 0 ? 0 : 1;
}

/** Every contender once a round, each round begun by another. */
async function inTurns(contenders: Contender[], rounds: number, size: Size) {
  const results: Partial<Record<ContenderName, Result[]>> = {};
  for (let round = 0; round < rounds; round += 1) {
    const first = round % contenders.length;
    for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)]) {
      process.stderr.write(`N = ${size.n}, round ${round + 1} of ${rounds}: ${contender.name}\n`);
      const of = results[contender.name] ?? [];
      results[contender.name] = of;
      of.push(await measure(contender, size));
    }
  }
  return results;
}

function chosenContenders(): ContenderName[] {
  return listOf(values.contenders).map((wanted) => {
    const name = contenderNames.find((known) => known === wanted);
    if (name === undefined) throw new Error(`${wanted} is no contender: ${contenderNames.join(", ")}`);
    return name;
  });
}

function listOf(text: string): string[] {
  return text.split(",").filter((item) => item !== "");
}
