import { access, readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import process from "node:process";
import { run } from "../cluster/shell.ts";
import { anchorsIn, linksIn, pathsOfDocsIn } from "./markdown.ts";

// Whether every link between the files of this repository leads somewhere, its anchor too, and every `docs/…` that a
// file names is there. What is on the web is not asked for.

const root = resolve(import.meta.dirname, "..");
const listed = await run("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: root });
const isThere = async (path: string) =>
  await access(path).then(
    () => true,
    () => false,
  );
const text = /\.(md|ts|js|cjs|ya?ml|json|tf|sh|svg|tpl)$/;
/** The changelog tells of files that were there once. */
const OF_THEN = "CHANGELOG.md";
const broken: string[] = [];

for (const file of listed.split("\n").filter((name) => text.test(name))) {
  const path = join(root, file);
  if (!(await isThere(path))) continue; // deleted, and not committed yet
  const content = await readFile(path, "utf8");
  const complain = (target: string) => broken.push(`${file}: ${target}`);
  for (const named of file === OF_THEN ? [] : pathsOfDocsIn(content)) {
    if (!(await isThere(join(root, named)))) complain(named);
  }
  if (!file.endsWith(".md")) continue;
  for (const link of linksIn(content)) {
    const [target = "", anchor] = link.split("#");
    const to = target === "" ? path : resolve(dirname(path), target);
    if (!(await isThere(to)) || relative(root, to).startsWith("..")) complain(link);
    else if (anchor !== undefined && to.endsWith(".md")) {
      if (!anchorsIn(await readFile(to, "utf8")).includes(anchor)) complain(link);
    }
  }
}

if (broken.length > 0) {
  process.stderr.write(`Links that lead nowhere:\n${broken.join("\n")}\n`);
  process.exitCode = 1;
}
