import { type Engine, hasImage, loadArchive } from "../../cluster/engine.ts";
import { debianImage } from "../../cluster/images/debianImage.ts";
import { account, COMMON_FILES, COMMON_PACKAGES, PATH } from "../../cluster/images/recipes.ts";
import type { Progress } from "../../cluster/progress.ts";

const recipe = {
  name: "prometheus",
  version: "2.53-debian",
  packages: [...COMMON_PACKAGES, "prometheus"],
  keep: [...COMMON_FILES, "./usr/bin/{prometheus,promtool}"],
  files: account("prometheus", 65_534, "/prometheus"),
  writable: ["tmp", "prometheus"],
  config: {
    User: "65534:65534",
    WorkingDir: "/prometheus",
    Env: [PATH],
    Entrypoint: ["prometheus"],
  },
};

/** The image with the real Prometheus and promtool, of Debian's package: its name, and how to get its archive. */
export const prometheusImage = () => debianImage(recipe);

/** Its name; the engine has it then. */
export async function ensurePrometheusImage(engine: Engine, progress: Progress): Promise<string> {
  const { tag, archive } = await prometheusImage();
  if (!(await hasImage(engine, tag))) await loadArchive(engine, await archive(progress));
  return tag;
}
