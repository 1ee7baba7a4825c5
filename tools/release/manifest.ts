import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../cluster/shell.ts";
import { DEFAULT_REGISTRY, type Release, repositoryOf } from "./names.ts";

/** All that `config/default` of this folder installs, in one file, with the images of the release. */
export async function installManifest(folder: string, release: Release): Promise<string> {
  const overlay = await mkdtemp(join(folder, "install-"));
  try {
    await writeFile(join(overlay, "kustomization.yaml"), JSON.stringify(kustomization(release)));
    const objects = await run("kubectl", ["kustomize", overlay]);
    return `# HitCounter ${release.version}: kubectl apply -f install.yaml\n${objects}`;
  } finally {
    await rm(overlay, { recursive: true });
  }
}

function kustomization(release: Release): object {
  const env = [{ name: "COUNTER_IMAGE", value: repositoryOf("counter", release) }];
  const patch = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "hitcounter-operator", namespace: "hitcounter-system" },
    spec: { template: { spec: { containers: [{ name: "operator", env }] } } },
  };
  return {
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    resources: ["../config/default"],
    images: [
      {
        name: repositoryOf("operator", { ...release, registry: DEFAULT_REGISTRY }),
        newName: repositoryOf("operator", release),
        newTag: release.version,
      },
    ],
    // Where the operator finds it, it takes the counter from the default registry.
    ...(release.registry !== DEFAULT_REGISTRY && { patches: [{ patch: JSON.stringify(patch) }] }),
  };
}
