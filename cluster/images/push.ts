import type { Engine } from "../engine.ts";
import type { Progress } from "../progress.ts";
import { run } from "../shell.ts";

/** An image of the engine, and the name under which a registry gets it. */
export interface Push {
  image: string;
  as: string;
}

/** The name in a registry: localhost/hitcounter/counter:1.0.0 becomes REGISTRY/hitcounter-counter:1.0.0. */
export function pushedName(image: string, registry: string): string {
  const name = image.slice(image.lastIndexOf("/") + 1);
  return `${registry.replace(/\/+$/, "")}/hitcounter-${name}`;
}

/** Tags images for a registry and pushes them; the engine must be logged in to it. */
export async function pushImages(engine: Engine, progress: Progress, pushes: readonly Push[]): Promise<void> {
  for (const { image, as } of pushes) {
    await progress.step(`Pushing ${as}`, async () => {
      await run(engine.command, ["tag", image, as], { env: engine.env });
      await run(engine.command, ["push", ...insecure(engine, as), as], { env: engine.env });
    });
  }
}

/** Docker speaks plain HTTP to a registry on this machine by itself, Podman when told so. */
const insecure = (engine: Engine, image: string) =>
  engine.name === "podman" && /^(localhost|127\.0\.0\.1)[:/]/.test(image) ? ["--tls-verify=false"] : [];
