// Bundles the programs that go into images: npm run build
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { build } from "esbuild";

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

/** Bundles each program into one file, dist/NAME.js, with its licences beside it. */
export async function bundle(names: readonly ProgramName[]): Promise<Bundle[]> {
  if (names.length === 0) {
    return [];
  }
  const { metafile } = await build({
    absWorkingDir: root,
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
  });
  // Whatever this user's umask: the images copy the files as they are and run as another user.
  await Promise.all(Object.keys(metafile.outputs).map((file) => chmod(join(root, file), 0o644)));
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
