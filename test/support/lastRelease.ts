import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { run, tryRun } from "../../cluster/shell.ts";
import { bundle } from "../../tools/bundle.ts";

/** What users may have installed before they upgrade to what is here. */
export interface Release {
  /** What it is, for people. */
  name: string;
  /** Folder of its Helm chart. */
  chart: string;
  /** The operator's program. */
  program: string;
  /** Removes its files. */
  forget(): Promise<void>;
}

const ROOT = join(import.meta.dirname, "../..");
const CHART = "charts/hitcounter";
const CRD = "crds/hitcounter.dev_hitcounters.yaml";
/** What an older version may have allowed less of: the longest of spec.upgrade.deadlineSeconds. */
const [BOUND, OLDER_BOUND] = ["86400", "3600"];

/**
 * The last release that is tagged and has a chart, built from its own sources; where there is none yet, this version
 * with a CustomResourceDefinition that allows less.
 */
export async function lastRelease(root = ROOT): Promise<Release> {
  const folder = await mkdtemp(join(tmpdir(), "hitcounter-release-"));
  const forget = () => rm(folder, { recursive: true, force: true });
  try {
    const { code, stdout } = await tryRun("git", ["describe", "--tags", "--abbrev=0", "--match", "v*"], {
      cwd: root,
    });
    const tag = stdout.trim();
    const hasChart =
      code === 0 && (await tryRun("git", ["cat-file", "-e", `${tag}:${CHART}`], { cwd: root })).code === 0;
    return { ...(hasChart ? await tagged(root, tag, folder) : await pretended(folder)), forget };
  } catch (error) {
    await forget();
    throw error;
  }
}

async function tagged(root: string, tag: string, folder: string): Promise<Omit<Release, "forget">> {
  const archive = join(folder, "release.tar");
  await run("git", ["archive", "--output", archive, tag], { cwd: root });
  await run("tar", ["--extract", "--file", archive, "--directory", folder]);
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  await run(process.execPath, ["tools/bundle.ts"], { cwd: folder });
  const program = await readFile(join(folder, "dist/operator.js"), "utf8");
  return { name: `release ${tag}`, chart: join(folder, CHART), program };
}

async function pretended(folder: string): Promise<Omit<Release, "forget">> {
  const chart = join(folder, "hitcounter");
  await cp(join(ROOT, CHART), chart, { recursive: true });
  const crd = join(chart, CRD);
  await writeFile(
    crd,
    changed(
      await readFile(crd, "utf8"),
      `minimum: 10\n(\\s+)maximum: ${BOUND}`,
      `minimum: 10\n$1maximum: ${OLDER_BOUND}`,
    ),
  );
  await bundle(["operator"]);
  const program = await readFile(join(ROOT, "dist/operator.js"), "utf8");
  return {
    name: "this version with a smaller CustomResourceDefinition, as no release is tagged yet",
    chart,
    program: changed(
      program,
      `deadlineSeconds:(\\w+)\\(10,${BOUND}\\)`,
      `deadlineSeconds:$1(10,${OLDER_BOUND})`,
    ),
  };
}

function changed(text: string, from: string, to: string): string {
  const now = text.replace(new RegExp(from), to);
  if (now === text) throw new Error(`There is nothing like ${from} any more to make an older version by`);
  return now;
}
