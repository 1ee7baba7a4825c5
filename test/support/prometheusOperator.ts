import { join } from "node:path";
import { requireGo } from "../../cluster/go.ts";
import { run } from "../../cluster/shell.ts";
import type { Kubectl } from "./kubectl.ts";

const MODULE = "github.com/prometheus-operator/prometheus-operator@v0.85.0";
const PLURALS = ["servicemonitors", "podmonitors", "prometheusrules"];
const NAMES = PLURALS.map((plural) => `crd/${plural}.monitoring.coreos.com`);

/** Teaches a cluster the kinds of prometheus-operator that the product makes, as its own Go module has them. */
export async function installMonitoringKinds(kubectl: Kubectl): Promise<void> {
  await requireGo("the CRDs of prometheus-operator");
  const { Dir } = JSON.parse(await run("go", ["mod", "download", "-json", MODULE])) as { Dir: string };
  const crds = join(Dir, "example/prometheus-operator-crd/monitoring.coreos.com");
  const files = PLURALS.flatMap((plural) => ["--filename", `${crds}_${plural}.yaml`]);
  await kubectl("apply", "--server-side", ...files);
  await kubectl("wait", "--for=condition=Established", ...NAMES, "--timeout=60s");
}

/** Has a cluster forget them, with all that there is of them. */
export const forgetMonitoringKinds = (kubectl: Kubectl) =>
  kubectl("delete", ...NAMES, "--ignore-not-found", "--timeout=60s");
