import { type Engine, hasImage } from "../engine.ts";
import type { Progress } from "../progress.ts";
import { run, tryRun } from "../shell.ts";
import { builtNodeImage, ensureNodeImage } from "./build.ts";

/** kind's own node image: the one that its release v0.33.0 was tested with. */
const OFFICIAL_IMAGE = "docker.io/kindest/node:v1.37.0";

/** How long a registry may take to say that it has the image. */
const REGISTRY_SECONDS = 20;

/** A node image and where it comes from. */
export interface NodeImage {
  tag: string;
  /** Made here from packages: without a pod network and a volume provisioner of its own. */
  built: boolean;
}

/** The node image for new clusters: kind's official one where it can be had, else one built from packages. */
export async function chooseNodeImage(engine: Engine, progress: Progress): Promise<NodeImage> {
  if (await hasImage(engine, OFFICIAL_IMAGE)) {
    return { tag: OFFICIAL_IMAGE, built: false };
  }
  const built = await builtNodeImage();
  if (await hasImage(engine, built)) {
    return { tag: built, built: true };
  }
  if (await canBePulled(engine, progress)) {
    await progress.step(`Pulling ${OFFICIAL_IMAGE}`, async () => {
      await run(engine.command, ["pull", OFFICIAL_IMAGE], { env: engine.env, timeoutSeconds: 1800 });
    });
    return { tag: OFFICIAL_IMAGE, built: false };
  }
  return { tag: await ensureNodeImage(engine, progress), built: true };
}

async function canBePulled(engine: Engine, progress: Progress): Promise<boolean> {
  const args = ["manifest", "inspect", OFFICIAL_IMAGE];
  const options = { env: engine.env, timeoutSeconds: REGISTRY_SECONDS };
  const answer = await tryRun(engine.command, args, options).catch(() => undefined);
  if (answer?.code === 0) {
    return true;
  }
  progress.note(
    `The official node image ${OFFICIAL_IMAGE} cannot be pulled here: building one from packages`,
  );
  return false;
}
