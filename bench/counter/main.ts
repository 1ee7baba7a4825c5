// Measures the counter beside its peers on two cores: npm run bench:counter
import process from "node:process";
import { parseArgs } from "node:util";
import { contenders } from "./contenders.ts";
import { measure, type Result } from "./measure.ts";
import { setStage } from "./stage.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "3" },
    warm: { type: "string", default: "1.5" },
    only: { type: "string", default: "" },
  },
});
const only = values.only.split(",").filter((x) => x !== "");
const chosen = contenders.filter(
  (c) =>
    only.length === 0 ||
    only.some(
      (o) =>
        o ===
        `${c.program}${c.behindNginx ? "/nginx" : ""}${c.ids ? "+ids" : ""}${c.durability === "always" ? "+always" : ""}`,
    ),
);
const stage = await setStage([...new Set(chosen.map(({ program }) => program))]);
try {
  const all = new Map<string, Result[]>();
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const c of chosen) {
      const r = await measure(c, stage, {
        connections: 64,
        warmSeconds: Number(values.warm),
        seconds: Number(values.seconds),
      });
      process.stdout.write(
        `${c.name.padEnd(45)} ${r.perSecond.toFixed(0).padStart(7)}/s p50 ${r.p50Ms.toFixed(2)} p99 ${r.p99Ms.toFixed(2)} cpu ${r.perCpuSecond.toFixed(0)} rss ${(r.rssBytes / 2 ** 20).toFixed(0)} failed ${r.failed} mis ${r.miscounted} once ${r.isEachOnce}\n`,
      );
      all.set(c.name, [...(all.get(c.name) ?? []), r]);
    }
  }
} finally {
  await stage.close();
}
