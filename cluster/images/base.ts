import { type Engine, hasImage, loadArchive } from "../engine.ts";
import type { Progress } from "../progress.ts";
import { run, tryRun } from "../shell.ts";
import { shared } from "../sideBySide.ts";
import { debianImage } from "./debianImage.ts";
import { type BaseImage, type BaseRecipe, recipes } from "./recipes.ts";

/** The images that the product's own images and its pods start from. */
export type BaseImages = Record<BaseImage["name"], string>;

/** How long a registry may take to say that it has an image (seconds). */
const PROBE_SECONDS = 15;

/**
 * Sees to it that the engine has the base images: the public ones where they can be pulled, else their likes
 * made of Debian packages. What is there already is taken without asking a registry.
 */
export async function ensureBaseImages(engine: Engine, progress: Progress): Promise<BaseImages> {
  return await shared("base images", () => findOrMake(engine, progress));
}

async function findOrMake(engine: Engine, progress: Progress): Promise<BaseImages> {
  const present = await Promise.all(recipes.map((recipe) => presentImage(engine, recipe)));
  const missing = recipes.filter((_recipe, index) => present[index] === undefined);
  const images = new Map(recipes.map(({ name }, index) => [name, present[index]]));
  const reachable = await Promise.all(missing.map((recipe) => canBePulled(engine, recipe)));
  for (const [index, recipe] of missing.entries()) {
    const pulled = reachable[index] === true && (await pull(engine, recipe, progress));
    images.set(recipe.name, pulled ? recipe.public : await makeAndLoad(engine, recipe, progress));
  }
  return Object.fromEntries(images) as BaseImages;
}

async function presentImage(engine: Engine, recipe: BaseImage): Promise<string | undefined> {
  for (const tag of [recipe.public, (await debianImage(recipe)).tag]) {
    if (await hasImage(engine, tag)) {
      return tag;
    }
  }
  return undefined;
}

/** Whether the registry has the image and lets it be read; no answer in time means no. */
export async function canBePulled(engine: Engine, recipe: BaseImage): Promise<boolean> {
  const options = { env: engine.env, timeoutSeconds: PROBE_SECONDS };
  const asked = await tryRun(engine.command, ["manifest", "inspect", recipe.public], options).catch(
    () => undefined,
  );
  return asked?.code === 0;
}

async function pull(engine: Engine, recipe: BaseImage, progress: Progress): Promise<boolean> {
  try {
    const command = () => run(engine.command, ["pull", recipe.public], { env: engine.env });
    await progress.step(`Pulling ${recipe.public}`, command);
    return true;
  } catch {
    return false;
  }
}

async function makeAndLoad(engine: Engine, recipe: BaseImage, progress: Progress): Promise<string> {
  progress.note(`${recipe.public} cannot be pulled here: using ${(await debianImage(recipe)).tag}`);
  return await ensureDebianImage(engine, recipe, progress);
}

/** The name of an image made of Debian packages; the engine has it then. */
export async function ensureDebianImage(
  engine: Engine,
  recipe: BaseRecipe,
  progress: Progress,
): Promise<string> {
  const { tag, archive } = await debianImage(recipe);
  await shared(tag, async () => {
    if (!(await hasImage(engine, tag))) await loadArchive(engine, await archive(progress));
  });
  return tag;
}
