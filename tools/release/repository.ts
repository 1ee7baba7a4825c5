import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../cluster/shell.ts";

/** A Git repository, by its folder on this machine. Nothing here is ever sent to another one. */
export interface Repository {
  folder: string;
  git(...words: string[]): Promise<string>;
}

export const repositoryIn = (folder: string): Repository => ({
  folder,
  git: async (...words) => (await run("git", words, { cwd: folder })).trimEnd(),
});

/** Throws, naming what is not committed, unless the tree is clean. */
export async function requireCleanTree({ git }: Repository): Promise<void> {
  const status = await git("status", "--porcelain");
  if (status !== "") {
    throw new Error(`A release is made from a clean tree: commit, stash or remove these first\n${status}`);
  }
}

/** The tags that there are. */
export const tagsOf = async ({ git }: Repository) => (await git("tag", "--list")).split("\n").filter(Boolean);

/** When the newest commit was made (seconds since 1970). */
export const commitTime = async ({ git }: Repository) => Number(await git("log", "-1", "--format=%ct"));

/**
 * Gives a working tree of the newest commit, in a folder of its own, that is removed afterwards: what is changed there
 * is not changed here unless it is committed and taken over. It has the npm packages that are installed here.
 */
export async function inOwnTree<T>(
  { folder, git }: Repository,
  work: (tree: Repository) => Promise<T>,
): Promise<T> {
  const parent = await mkdtemp(join(tmpdir(), "hitcounter-release-"));
  const path = join(parent, "tree");
  try {
    await git("worktree", "add", "--quiet", "--detach", path, "HEAD");
    await symlink(join(folder, "node_modules"), join(path, "node_modules"));
    return await work(repositoryIn(path));
  } finally {
    await rm(parent, { recursive: true, force: true });
    await git("worktree", "prune");
  }
}

/** Commits what changed in that tree, and takes it over here with a tag. Both stay on this machine. */
export async function commitAndTag(
  { git }: Repository,
  tree: Repository,
  version: string,
  tag: string,
): Promise<void> {
  await tree.git("commit", "--quiet", "--all", "--message", `Release ${version}`);
  const commit = await tree.git("rev-parse", "HEAD");
  await git("merge", "--quiet", "--ff-only", commit);
  await git("tag", "--annotate", "--message", `HitCounter ${version}`, tag, commit);
}
