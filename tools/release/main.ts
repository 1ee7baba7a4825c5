// Makes a release: npm run release [-- OPTION...]
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { packageVersion } from "../../cluster/images/product.ts";
import { recipes } from "../../cluster/images/recipes.ts";
import { terminalProgress } from "../../cluster/progress.ts";
import { run } from "../../cluster/shell.ts";
import { which } from "../../cluster/tools.ts";
import { advisoriesInWords, findAdvisories } from "./advisories.ts";
import { writeArtifacts } from "./artifacts.ts";
import { type BaseImage, findBaseImage, pinned } from "./baseImage.ts";
import { releaseChangelog } from "./changelog.ts";
import {
  type BuiltImages,
  buildImages,
  type Command,
  commandsElsewhere,
  PLATFORMS,
  pushImages,
} from "./images.ts";
import { DEFAULT_REGISTRY, type Release, registryFrom } from "./names.ts";
import {
  commitAndTag,
  commitTime,
  inOwnTree,
  type Repository,
  repositoryIn,
  requireCleanTree,
  tagsOf,
} from "./repository.ts";
import { checkNext, tagOf } from "./version.ts";
import { setVersion } from "./versionPlaces.ts";

/** What the Dockerfiles start from by themselves. */
const PUBLIC_BASE = recipes.find(({ name }) => name === "node")?.public ?? "";

const HELP = `npm run release [-- OPTION...]

Makes a release from a clean tree: what stands under [Unreleased] in the changelog becomes the version, the files of the
release are written to dist/release, the images are built for ${PLATFORMS.join(" and ")}, and all is committed and tagged
on this machine. Nothing leaves it but what --push names.

  --version X.Y.Z   the version, above the last tag. Default: that of package.json
  --dry-run         writes the files and builds the images; commits, tags and pushes nothing
  --push REGISTRY   pushes the images as REGISTRY/hitcounter-operator:X.Y.Z and so on, and names them so in the files.
                    Default: names them ${DEFAULT_REGISTRY}/..., and pushes nothing
  --no-images       builds no images
  --base IMAGE      the image that the product's start from, with its tag or digest. Default: ${PUBLIC_BASE}. Which one
                    its tag is now, its registry is asked; the images are built on that one, by its digest
  --despite-advisories
                    releases although npm's registry knows of weaknesses in the packages (npm audit --omit=dev)

SOURCE_DATE_EPOCH, in seconds since 1970, is the time that the files and the changelog get. Default: that of the newest
commit, and now.
`;

const root = join(import.meta.dirname, "../..");
const OUTPUT = "dist/release";

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      version: { type: "string" },
      "dry-run": { type: "boolean", default: false },
      push: { type: "string" },
      "no-images": { type: "boolean", default: false },
      base: { type: "string", default: PUBLIC_BASE },
      "despite-advisories": { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const { "dry-run": isDry, "no-images": noImages } = values;
  if (values.push !== undefined && noImages && !isDry) {
    throw new Error(
      "--push has nothing to push with --no-images, but in a dry run, where it names the images",
    );
  }
  requireCommands(["git", "npm", "tar", "kubectl", "helm"]);
  const repository = repositoryIn(root);
  const before = await packageVersion();
  const version = values.version ?? before;
  checkNext(version, await tagsOf(repository));
  await requireCleanTree(repository);
  const release: Release = {
    version,
    registry: values.push === undefined ? DEFAULT_REGISTRY : registryFrom(values.push),
  };
  const { epoch, date } = await times(repository);
  const progress = terminalProgress();
  const base = await progress.step(`Asking which one ${values.base} is`, () => findBaseImage(values.base));

  const audited = advisoriesInWords(
    await progress.step("Asking npm's registry for advisories", () => findAdvisories(root)),
    values["despite-advisories"],
  );

  await inOwnTree(repository, async (tree) => {
    const notes = await progress.step(`Writing ${version} into the sources`, () =>
      prepare(tree.folder, before, version, date),
    );
    await progress.step(`Writing ${OUTPUT}`, () =>
      writeArtifacts(tree.folder, join(root, OUTPUT), release, { notes, epoch, base }),
    );
    const built = noImages
      ? undefined
      : await progress.step(`Building images of ${release.version}`, () =>
          buildImages(tree.folder, release, { base, epoch }, progress),
        );
    if (!isDry && values.push !== undefined && built) {
      await progress.step(`Pushing to ${release.registry}`, () => pushImages(tree.folder, built));
    }
    if (!isDry) await commitAndTag(repository, tree, version, tagOf(version));
    process.stdout.write(
      await report(release, {
        isDry,
        built,
        pushes: values.push !== undefined,
        repository,
        base,
        epoch,
        audited,
      }),
    );
  });
}

function requireCommands(commands: readonly string[]): void {
  const missing = commands.filter((command) => !which(command));
  if (missing.length > 0) throw new Error(`A release takes ${missing.join(", ")}: install and try again`);
}

/** The time of the archives' content, and the day of the changelog. */
async function times(repository: Repository): Promise<{ epoch: number; date: string }> {
  const given = process.env.SOURCE_DATE_EPOCH;
  if (given !== undefined && !/^\d{1,12}$/.test(given)) {
    throw new Error(`SOURCE_DATE_EPOCH must be seconds since 1970, not ${JSON.stringify(given)}`);
  }
  const today = given === undefined ? new Date() : new Date(Number(given) * 1000);
  const epoch = given === undefined ? await commitTime(repository) : Number(given);
  return { epoch, date: today.toISOString().slice(0, 10) };
}

/** Writes the version and the changelog in this folder; returns the notes of the release. */
async function prepare(folder: string, before: string, version: string, date: string): Promise<string> {
  const path = join(folder, "CHANGELOG.md");
  const { changelog, notes } = releaseChangelog(await readFile(path, "utf8"), version, date);
  const generate = (...words: string[]) =>
    run(process.execPath, ["tools/generate.ts", ...words], { cwd: folder });
  await setVersion(folder, before, version);
  // Before the changelog calls it released: from then on the hashes of its pod templates stay.
  await generate();
  await writeFile(path, changelog);
  await generate("--check");
  return notes;
}

/** What was done, and what is left to be done by hand. */
async function report(
  release: Release,
  done: {
    isDry: boolean;
    built: BuiltImages | undefined;
    pushes: boolean;
    repository: Repository;
    base: BaseImage;
    epoch: number;
    audited: string;
  },
): Promise<string> {
  const { isDry, built, pushes, repository, base, epoch, audited } = done;
  const { version, registry } = release;
  const tag = tagOf(version);
  const branch = await repository.git("rev-parse", "--abbrev-ref", "HEAD");
  const pushed = pushes && !isDry;
  const { build: builds, push } = built?.complete ? built : commandsElsewhere(release, base, epoch);
  const indented = (commands: Command[]) => commands.map((words) => `  ${words.join(" ")}`);
  const lines = [
    `${OUTPUT} has the files of ${version}.`,
    base.digest === undefined
      ? `No registry said which one ${pinned(base)} is: the base image is NOT pinned in these files. A release asks again.`
      : `The base image is ${pinned(base)}, by its digest.`,
    audited,
    imagesInWords(built),
    pushed ? `The images are at ${registry}.` : "Nothing was pushed.",
    isDry ? "Nothing was committed or tagged: a dry run." : `Committed, and tagged ${tag}, on this machine.`,
    "What is left:",
    ...(isDry ? [`  npm run release -- --version ${version} --push ${registry}`] : []),
    `  git push origin ${branch} ${tag}`,
    ...(pushed
      ? []
      : ["What --push does for the images:", ...indented([["npm", "run", "build"], ...builds, ...push])]),
  ];
  return `${lines.join("\n")}\n`;
}

function imagesInWords(built: BuiltImages | undefined): string {
  if (built === undefined) return "No images were built.";
  if (built.complete) return `Images were built for ${built.platforms.join(", ")}.`;
  return (
    `Images were built for ${built.platforms.join(", ")} ALONE, on a stand-in for the public base image, which can't ` +
    "be pulled here: they are for trying out, and not those of a release."
  );
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
