// Builds the product's images and pushes them: npm run images [-- --tag VERSION] [-- --push REGISTRY]
import process from "node:process";
import { parseArgs } from "node:util";
import { type Engine, findEngine } from "../engine.ts";
import { terminalProgress } from "../progress.ts";
import { run } from "../shell.ts";
import { buildProductImages } from "./product.ts";
import { pushedName, pushImages } from "./push.ts";

const HELP = `npm run images [-- OPTION...]

Builds the images of the operator and the counter.

  --tag VERSION     the counter's version, in place of package.json's, which the operator has; given again, more of them
  --push REGISTRY   push them too, as REGISTRY/hitcounter-operator:VERSION and REGISTRY/hitcounter-counter:VERSION
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      tag: { type: "string", multiple: true },
      push: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const { tag: versions, push: registry } = values;
  for (const version of versions ?? []) {
    if (!/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(version)) {
      throw new Error(`--tag must be a version such as 1.2.3, not ${JSON.stringify(version)}`);
    }
  }
  const progress = terminalProgress();
  const engine = await findEngine(progress);
  const images = await buildProductImages(engine, progress, {
    ...(versions === undefined ? {} : { versions }),
  });
  await printTable(engine, images.all);
  if (registry !== undefined) {
    const counters = images.counterVersions.map((version) => `${images.counterRepository}:${version}`);
    const wanted = [images.operator, ...counters].map((image) => ({
      image,
      as: pushedName(image, registry),
    }));
    await pushImages(engine, progress, wanted);
    process.stdout.write(wanted.map(({ as }) => `${as}\n`).join(""));
  }
}

async function printTable(engine: Engine, images: readonly string[]): Promise<void> {
  const sizes = await run(engine.command, ["image", "inspect", "--format", "{{ .Size }}", ...images], {
    env: engine.env,
  });
  const megabytes = sizes
    .trim()
    .split("\n")
    .map((size) => `${(Number(size) / 1e6).toFixed(1)} MB`);
  const width = Math.max(...images.map((image) => image.length));
  const rows = images.map((image, index) => `${image.padEnd(width)}  ${megabytes[index]?.padStart(9)}\n`);
  process.stdout.write(`${"IMAGE".padEnd(width)}  ${"SIZE".padStart(9)}\n${rows.join("")}`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
