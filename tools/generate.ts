import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import process from "node:process";
import { stringify } from "yaml";
import { hitCounterCrd } from "../operator/api/crd.ts";

/** Every generated file, by its path from the top of the repository. */
const generated: Record<string, () => string> = {
  "crds/hitcounter.dev_hitcounters.yaml": () =>
    `# Made from operator/api by \`npm run generate\`. Do not edit.\n${stringify(hitCounterCrd(), { lineWidth: 0, aliasDuplicateObjects: false })}`,
};

const check = process.argv.includes("--check");
const root = resolve(import.meta.dirname, "..");
const stale: string[] = [];

for (const [path, make] of Object.entries(generated)) {
  const file = resolve(root, path);
  const content = make();
  const committed = await readFile(file, "utf8").catch(() => undefined);
  if (committed === content) continue;
  stale.push(path);
  if (!check) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
}

if (check && stale.length > 0) {
  process.stderr.write(
    `Out of date: ${stale.join(", ")}. Run \`npm run generate\` and commit what it writes.\n`,
  );
  process.exitCode = 1;
} else {
  process.stdout.write(stale.length > 0 ? `Wrote ${stale.join(", ")}\n` : "Generated files are current\n");
}
