import { chmod, copyFile, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { cached, hashOf } from "../cache.ts";
import { architecture, writeImageArchive, writeLayer } from "../imageArchive.ts";
import type { Progress } from "../progress.ts";
import { run } from "../shell.ts";
import { ensureCommand, which } from "../tools.ts";
import { type BaseRecipe, type ImageConfig, SUITE } from "./recipes.ts";

/** A base image made of Debian packages: its name, and how to get its archive. */
export interface DebianImage {
  tag: string;
  /** The path of its archive, made if the cache does not hold it. */
  archive(progress: Progress): Promise<string>;
}

/** The image of a recipe. Its tag says what is in it and ends with the hash of how it is made. */
export async function debianImage(recipe: BaseRecipe): Promise<DebianImage> {
  const node = recipe.node ? process.versions.node : undefined;
  const key = await hashOf([import.meta.filename], recipe, SUITE, architecture(), node);
  const tag = `localhost/hitcounter/${recipe.name}:${recipe.version}-${key.slice(0, 8)}`;
  return {
    tag,
    async archive(progress) {
      const folder = await cached(`base-${recipe.name}`, key, async (unfinished) => {
        await ensureCommand("mmdebstrap", ["mmdebstrap"], progress);
        await progress.step(`Making ${tag} of Debian packages`, () => make(recipe, tag, unfinished));
      });
      return join(folder, "image.tar");
    },
  };
}

async function make(recipe: BaseRecipe, tag: string, folder: string): Promise<void> {
  const [packages, root] = [join(folder, "packages.tar"), join(folder, "root")];
  // The packages are only unpacked: their scripts would need a whole system, and nothing here needs them run.
  const include = `--include=${recipe.packages.join(",")}`;
  await run("mmdebstrap", ["--quiet", "--variant=extract", include, SUITE, packages]);
  await unpack(packages, recipe.keep, root);
  await addFiles(recipe, root);
  // Whatever this user's umask: the programs run as another user.
  await run("chmod", ["--recursive", "u+rwX,go+rX", root]);
  await writeLayer(root, join(folder, "layer.tar"));
  const config: ImageConfig = {
    ...recipe.config,
    Labels: { "dev.hitcounter.made-of": `Debian ${SUITE}: ${recipe.packages.join(" ")}` },
  };
  await writeImageArchive(join(folder, "image.tar"), [
    { tags: [tag], layers: [join(folder, "layer.tar")], config },
  ]);
  for (const part of [packages, root, join(folder, "layer.tar")]) {
    await rm(part, { recursive: true });
  }
}

/** Unpacks what matches; `{a,b}` in a pattern stands for either, as in a shell. */
async function unpack(archive: string, patterns: readonly string[], root: string): Promise<void> {
  await mkdir(root);
  // Literal, as in a locale without UTF-8 tar would list names in a spelling it does not find again.
  const list = (await run("tar", ["--list", "--quoting-style=literal", "--file", archive])).split("\n");
  const wanted = patterns.map(toExpression);
  const names = list.filter((name) => !name.endsWith("/") && wanted.some((pattern) => pattern.test(name)));
  await run(
    "tar",
    [
      "--extract",
      "--file",
      archive,
      "--directory",
      root,
      "--no-same-owner",
      "--verbatim-files-from",
      "--files-from=-",
    ],
    { input: names.join("\n") },
  );
}

/** A pattern as a regular expression: `*` is anything but a slash. */
export function toExpression(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+?^$()|[\]\\]/g, "\\$&")
    .replaceAll("*", "[^/]*")
    .replace(/\{([^}]*)\}/g, (_all, names: string) => `(?:${names.replaceAll(",", "|")})`);
  return new RegExp(`^${source}$`);
}

async function addFiles(recipe: BaseRecipe, root: string): Promise<void> {
  const path = async (name: string) => {
    await mkdir(dirname(join(root, name)), { recursive: true });
    return join(root, name);
  };
  for (const [name, content] of Object.entries(recipe.files)) {
    await writeFile(await path(name), content);
  }
  for (const [name, target] of Object.entries(recipe.links ?? {})) {
    await symlink(target, await path(name));
  }
  for (const name of recipe.writable) {
    await mkdir(await path(name), { recursive: true });
    await chmod(join(root, name), 0o1777);
  }
  await joinCertificates(root, await path("etc/ssl/certs/ca-certificates.crt"));
  if (recipe.node) {
    await copyNode(await path("nodejs/bin/node"));
  }
}

/** One file of all certificates, where programs look for it; a script of the package would have made it. */
async function joinCertificates(root: string, bundle: string): Promise<void> {
  const folder = join(root, "usr/share/ca-certificates/mozilla");
  const names = (await readdir(folder)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  await writeFile(bundle, texts.map((text) => `${text.trimEnd()}\n`).join(""));
  await rm(join(root, "usr/share/ca-certificates"), { recursive: true });
}

/** The Node.js that runs this, without its symbols where there is a tool to strip them (20 MB less). */
async function copyNode(to: string): Promise<void> {
  await copyFile(process.execPath, to);
  await chmod(to, 0o755);
  if (which("strip")) {
    await run("strip", [to]);
  }
}
