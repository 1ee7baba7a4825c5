import { join } from "node:path";
import { requireGo } from "../../cluster/go.ts";
import { run } from "../../cluster/shell.ts";
import type { Kubectl } from "./kubectl.ts";

const MODULE = "github.com/prometheus-operator/prometheus-operator@v0.85.0";

/** Teaches a cluster the kinds of prometheus-operator that the product makes, as its own Go module has them. */
export async function installMonitoringKinds(kubectl: Kubectl): Promise<void> {
  await requireGo("the CRDs of prometheus-operator");
  const { Dir } = JSON.parse(await run("go", ["mod", "download", "-json", MODULE])) as { Dir: string };
  const crds = join(Dir, "example/prometheus-operator-crd/monitoring.coreos.com");
  const plurals = ["servicemonitors", "podmonitors", "prometheusrules"];
  const files = plurals.flatMap((plural) => ["--filename", `${crds}_${plural}.yaml`]);
  await kubectl("apply", "--server-side", ...files);
  const names = plurals.map((plural) => `crd/${plural}.monitoring.coreos.com`);
  await kubectl("wait", "--for=condition=Established", ...names, "--timeout=60s");
}
