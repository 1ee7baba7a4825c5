// Measures the counter beside its peers on two cores: npm run bench:counter
import process from "node:process";
import { parseArgs } from "node:util";
import { printed } from "../support/table.ts";
import { contenders } from "./contenders.ts";
import { measure, type Result, type Size } from "./measure.ts";
import { writePage } from "./page.ts";
import { report } from "./report.ts";
import { type Stage, setStage } from "./stage.ts";

const usage = `Usage: npm run bench:counter -- [--rounds R] [--seconds S] [--only NAME,NAME] [--markdown]

Asks each contender over 64 connections at once for S seconds (2) in each of R rounds (9), which take turns,
and tells medians. Everything that serves, nginx and Redis too, has one core; whoever asks has the other one.
--only takes programs, such as counter,go, or single contenders, such as counter+always@nginx. --markdown prints the
tables as docs/performance.md has them; a run of all contenders writes them and the plot there.
The exit code tells whether the counter keeps its targets. Contenders:
  ${contenders.map(({ key }) => key).join(" ")}
`;

const CONNECTIONS = 64;
/** Enough for what is compiled as it runs: later rounds of the same process are no quicker. */
const WARM_SECONDS = 1.5;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "9" },
    seconds: { type: "string", default: "2" },
    only: { type: "string", default: "" },
    markdown: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

if (values.help) process.stdout.write(usage);
else await main();

async function main(): Promise<void> {
  const [rounds, seconds] = [numberOf("--rounds", values.rounds), numberOf("--seconds", values.seconds)];
  const chosen = chosenContenders();
  const stage = await setStage([...new Set(chosen.map(({ program }) => program))]);
  try {
    const size = { connections: CONNECTIONS, warmSeconds: WARM_SECONDS, seconds };
    const results = await inTurns(stage, chosen, rounds, size);
    const told = report(results);
    for (const table of [told.direct, told.behindNginx, told.targets]) {
      if (table.length > 1) process.stdout.write(`${printed(table, values.markdown)}\n`);
    }
    if (values.only === "") await writePage(results, { rounds, seconds });
    if (told.missed.length > 0) process.stderr.write(`Missed: ${told.missed.join("; ")}\n`);
    process.exitCode = told.missed.length === 0 ? 0 : 1;
  } finally {
    await stage.close();
  }
}

/** Every contender once a round, each round begun by another. */
async function inTurns(stage: Stage, chosen: typeof contenders, rounds: number, size: Size) {
  const results: Record<string, Result[]> = {};
  for (let round = 0; round < rounds; round += 1) {
    const first = Math.floor((round * chosen.length) / rounds);
    for (const contender of [...chosen.slice(first), ...chosen.slice(0, first)]) {
      const result = await measure(contender, stage, size);
      results[contender.key] = [...(results[contender.key] ?? []), result];
      const perSecond = Math.round(result.perSecond).toLocaleString("en");
      process.stderr.write(`round ${round + 1} of ${rounds}: ${contender.key} ${perSecond}/s\n`);
    }
  }
  return results;
}

function chosenContenders(): typeof contenders {
  const wanted = values.only.split(",").filter((item) => item !== "");
  const isMeant = (item: string) => contenders.some(({ key, program }) => item === key || item === program);
  const unknown = wanted.filter((item) => !isMeant(item));
  if (unknown.length > 0) throw new Error(`--only ${unknown.join(",")}: no such contender; see --help`);
  return contenders.filter(
    ({ key, program }) => wanted.length === 0 || wanted.includes(key) || wanted.includes(program),
  );
}

function numberOf(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isFinite(number) || number <= 0)
    throw new Error(`${option} ${text}: a number above 0 is expected`);
  return number;
}
