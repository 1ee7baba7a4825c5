import { resolve } from "node:path";
import process from "node:process";
import { tryRun } from "../cluster/shell.ts";

/** What must hold before any test runs: each with the command that shows it. */
const checks: [title: string, file: string, ...args: string[]][] = [
  ["types", "node_modules/typescript/bin/tsc"],
  ["lint, format, walls and cycles", "node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings"],
  ["generated files", "tools/generate.ts", "--check"],
  ["links", "tools/links.ts"],
];

const root = resolve(import.meta.dirname, "..");
let failed = 0;
for (const [title, ...command] of checks) {
  const began = performance.now();
  const { code, stdout, stderr } = await tryRun(process.execPath, command, { cwd: root });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  process.stdout.write(`${code === 0 ? "ok    " : "FAILED"} ${title} (${seconds} s)\n`);
  if (code !== 0) {
    failed += 1;
    process.stdout.write(`${stdout}${stderr}\n`);
  }
}
process.exitCode = failed === 0 ? 0 : 1;
