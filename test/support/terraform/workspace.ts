import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { terminalProgress } from "../../../cluster/progress.ts";
import { type RunResult, run, tryRun } from "../../../cluster/shell.ts";
import { ensureProgram } from "../goPrograms.ts";
import { ensureProviderMirror } from "./providerMirror.ts";

const REPOSITORY = join(import.meta.dirname, "../../..");

/** The folders of `terraform/` that can be applied, or are a module. */
export const roots = ["hitcounter", "minikube", "kind", "eks"] as const;
export type Root = (typeof roots)[number];

/** A copy of `terraform/` and of the charts that it installs, and the real Terraform, offline, to try it with. */
export interface Workspace {
  /** Runs `terraform` in one of the roots, once they are initialised. */
  terraform(root: Root, ...args: string[]): Promise<RunResult>;
  /** A copy, initialised as this one is, in which a text of a file below `terraform/` is another. */
  with(file: string, text: string, instead: string): Promise<Workspace>;
  /** Path of a folder or a file of the copy, from the top of the repository. */
  path(path: string): string;
  remove(): Promise<void>;
}

/** Copies what is in the repository and initialises every root, with providers that only know their schemas. */
export async function makeWorkspace(): Promise<Workspace> {
  const progress = terminalProgress();
  const program = await ensureProgram("terraform", progress);
  const mirror = await ensureProviderMirror(progress);
  const top = await mkdtemp(join(tmpdir(), "hitcounter-terraform-"));
  // What `init` writes (the stand-ins' hashes above all) would be wrong beside the sources.
  await cp(join(REPOSITORY, "terraform"), join(top, "0/terraform"), { recursive: true, filter: isSource });
  await cp(join(REPOSITORY, "charts"), join(top, "0/charts"), { recursive: true });
  const config = join(top, "terraform.rc");
  await writeFile(config, `provider_installation {\n  filesystem_mirror {\n    path = "${mirror}"\n  }\n}\n`);
  const env = { TF_CLI_CONFIG_FILE: config, CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1" };
  for (const root of roots) {
    const cwd = join(top, "0/terraform", root);
    await run(program, ["init", "-input=false", "-no-color"], { cwd, env });
  }
  let copies = 0;

  const workspaceAt = (folder: string): Workspace => ({
    path: (path) => join(folder, path),
    terraform: (root, ...args) => tryRun(program, args, { cwd: join(folder, "terraform", root), env }),
    with: async (file, text, instead) => {
      copies += 1;
      const copy = join(top, `${copies}`);
      await cp(folder, copy, { recursive: true, verbatimSymlinks: true });
      const path = join(copy, "terraform", file);
      const before = await readFile(path, "utf8");
      if (before.split(text).length !== 2) throw new Error(`terraform/${file} has not once:\n${text}`);
      await writeFile(
        path,
        before.replace(text, () => instead),
      );
      return workspaceAt(copy);
    },
    remove: () => rm(folder === join(top, "0") ? top : folder, { recursive: true, force: true }),
  });
  return workspaceAt(join(top, "0"));
}

const isSource = (path: string) => !/\/\.terraform(\/|\.lock\.hcl$|$)|\.tfstate/.test(path);
