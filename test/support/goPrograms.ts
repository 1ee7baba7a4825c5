import { ensureGoProgram, type GoProgram } from "../../cluster/goProgram.ts";
import type { Progress } from "../../cluster/progress.ts";

/** Programs that only tests run: the real ones, as users have them. */
const programs = {
  helm: { module: "helm.sh/helm/v4", version: "v4.3.1", package: "./cmd/helm" },
  /** The newest release of Terraform that builds from modules alone. */
  terraform: { module: "github.com/hashicorp/terraform", version: "v1.8.5", package: "." },
  compose: {
    module: "github.com/docker/compose/v5",
    version: "v5.2.0",
    package: "./cmd",
    linkerFlags: ["-X github.com/docker/compose/v5/internal.Version=v5.2.0"],
  },
  kubeconform: { module: "github.com/yannh/kubeconform", version: "v0.8.0", package: "./cmd/kubeconform" },
  "kube-score": { module: "github.com/zegl/kube-score", version: "v1.20.0", package: "./cmd/kube-score" },
} satisfies Record<string, Omit<GoProgram, "name">>;

/** Path of one of these programs, built where it was not yet. */
export const ensureProgram = (name: keyof typeof programs, progress: Progress): Promise<string> =>
  ensureGoProgram({ name, ...programs[name] }, progress);
