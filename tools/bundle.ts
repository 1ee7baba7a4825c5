// Bundles the programs that go into images: npm run build
import { mkdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import process from "node:process";
import { type BuildOptions, build } from "esbuild";
import { writeWhole } from "../cluster/wholeFile.ts";
import { type BundledPackage, bundledPackages } from "./licences/bundledPackages.ts";
import { legalText } from "./licences/licences.ts";

const root = join(import.meta.dirname, "..");

/** The programs, by the name of their bundle in dist/. */
export const programs = {
  operator: "operator/main.ts",
  counter: "counter/main.ts",
} as const;

/** A program that can be bundled. */
export type ProgramName = keyof typeof programs;

/** One bundle: its file and its size in bytes. */
export interface Bundle {
  name: ProgramName;
  file: string;
  bytes: number;
}

// What is CommonJS among the dependencies asks for Node.js's own modules by require(), which ESM lacks.
const BANNER =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

const optionsFor = (names: readonly ProgramName[], folder: string) =>
  ({
    absWorkingDir: folder,
    entryPoints: names.map((name) => ({ in: programs[name], out: name })),
    outdir: "dist",
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    banner: { js: BANNER },
    // Names stay, so that a stack trace in a log can be read without a map. Not by `keepNames`: that calls a function
    // for each function that is made, which the counter paid for in each request.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "linked",
    define: { "process.env.NODE_ENV": '"production"' },
    metafile: true,
    logLevel: "warning",
  }) satisfies BuildOptions;

/** The npm packages of which something is in the bundle of a program of this folder. */
export async function packagesIn(name: ProgramName, folder = root): Promise<BundledPackage[]> {
  const { metafile } = await build({ ...optionsFor([name], folder), write: false });
  return bundledPackages(metafile, `dist/${name}.js`, folder);
}

/** Bundles each program into one file, dist/NAME.js, with its licences beside it. */
export async function bundle(names: readonly ProgramName[]): Promise<Bundle[]> {
  if (names.length === 0) {
    return [];
  }
  const { metafile, outputFiles } = await build({ ...optionsFor(names, root), write: false });
  const own = await readFile(join(root, "LICENSE"), "utf8");
  await mkdir(join(root, "dist"), { recursive: true });
  for (const { path, contents, text } of outputFiles) {
    const bundled = path.replace(/\.LEGAL\.txt$/, "");
    const packages = () => bundledPackages(metafile, relative(root, bundled), root);
    // Something may be starting the one that is there; and the images copy the files as they are and run as another user.
    await writeWhole(path, bundled === path ? contents : legalText(own, packages(), text), 0o644);
  }
  return names.map((name) => {
    const file = `dist/${name}.js`;
    return { name, file, bytes: metafile.outputs[file]?.bytes ?? 0 };
  });
}

if (import.meta.main) {
  for (const { file, bytes } of await bundle(Object.keys(programs) as ProgramName[])) {
    process.stdout.write(`${file}  ${(bytes / 1024).toFixed(0)} KiB\n`);
  }
}
