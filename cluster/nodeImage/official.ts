import { type Engine, hasImage } from "../engine.ts";
import type { Progress } from "../progress.ts";
import { run, tryRun } from "../shell.ts";
import { builtNodeImage, ensureNodeImage } from "./build.ts";
import type { Release } from "./releases.ts";

const OFFICIAL_REPOSITORY = "docker.io/kindest/node";

/** How long a registry may take to say that it has the image. */
const REGISTRY_SECONDS = 20;

/** A node image and where it comes from. */
export interface NodeImage {
  tag: string;
  /** Made here from packages: without a pod network and a volume provisioner of its own. */
  built: boolean;
}

/** The node image for new clusters: kind's official one where it can be had, else one built from packages. */
export async function chooseNodeImage(
  engine: Engine,
  release: Release,
  progress: Progress,
): Promise<NodeImage> {
  const official = `${OFFICIAL_REPOSITORY}:${release.official}`;
  if (await hasImage(engine, official)) {
    return { tag: official, built: false };
  }
  const built = await builtNodeImage(release);
  if (await hasImage(engine, built)) {
    return { tag: built, built: true };
  }
  if (await canBePulled(engine, official)) {
    await progress.step(`Pulling ${official}`, async () => {
      await run(engine.command, ["pull", official], { env: engine.env, timeoutSeconds: 1800 });
    });
    return { tag: official, built: false };
  }
  progress.note(`The official node image ${official} cannot be pulled here: building one from packages`);
  return { tag: await ensureNodeImage(engine, release, progress), built: true };
}

async function canBePulled(engine: Engine, image: string): Promise<boolean> {
  const options = { env: engine.env, timeoutSeconds: REGISTRY_SECONDS };
  const asked = await tryRun(engine.command, ["manifest", "inspect", image], options).catch(() => undefined);
  return asked?.code === 0;
}
