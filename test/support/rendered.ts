import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ensureKubectl } from "../../cluster/kubectl.ts";
import { wantedRelease } from "../../cluster/nodeImage/releases.ts";
import { terminalProgress } from "../../cluster/progress.ts";
import { run } from "../../cluster/shell.ts";
import { exampleSpecs } from "../../operator/api/exampleSpecs.ts";
import { desiredObjects } from "../../operator/desired/index.ts";
import type { KubeObject } from "../../operator/runtime/objects.ts";
import { hitCounterWith, inputsFor } from "../../operator/testing/fixtures.ts";
import { objectsIn, render, startHelm } from "./helm.ts";

const root = join(import.meta.dirname, "../..");

/** What kustomize makes of a folder of `config`. */
export const kustomized = async (folder: string): Promise<KubeObject[]> => {
  const kubectl = await ensureKubectl(wantedRelease(), terminalProgress());
  return objectsIn(await run(kubectl, ["kustomize", join(root, "config", folder)]));
};

const inNamespaces = ["one", "two"];
/** Values of the chart that between them render all that it has. */
const values: Readonly<Record<string, object>> = {
  "of itself": {},
  "with all that it has": { hitcounter: { enabled: true }, monitoring: { enabled: true } },
  "for some namespaces": {
    watchNamespaces: inNamespaces,
    hitcounter: { enabled: true, namespace: "two", spec: exampleSpecs["as much as can be"] },
  },
};

/**
 * Everything that the product has applied to a cluster, by what makes it: the folders of `config`, the chart with its
 * Jobs, the samples, and the children that the operator makes for each of the example specs.
 */
export async function everythingRendered(): Promise<Map<string, KubeObject[]>> {
  const rendered = new Map<string, KubeObject[]>();
  for (const folder of ["default", "namespaced", "namespaced/watched", "monitoring"])
    rendered.set(`config/${folder}`, await kustomized(folder));
  const helm = await startHelm("hitcounter-system");
  try {
    for (const [what, each] of Object.entries(values))
      rendered.set(`the chart ${what}`, await render(helm, each));
  } finally {
    await helm.stop();
  }
  for (const sample of await readdir(join(root, "samples")))
    rendered.set(`samples/${sample}`, objectsIn(await readFile(join(root, "samples", sample), "utf8")));
  for (const [what, spec] of Object.entries(exampleSpecs))
    rendered.set(`a HitCounter of ${what}`, desiredObjects(inputsFor(hitCounterWith(spec))));
  return rendered;
}
