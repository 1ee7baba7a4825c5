import type { KubeObject } from "../../operator/runtime/objects.ts";

// What Argo CD deletes, by the rules of its sources: argoproj/gitops-engine pkg/cache/cluster.go (GetManagedLiveObjs),
// pkg/cache/references.go and pkg/sync/sync_context.go (pruneObject), argoproj/argo-cd controller/appcontroller.go
// (shouldBeDeleted). It can't be had here.

const SYNC_OPTIONS = "argocd.argoproj.io/sync-options";

/** Those of the objects that an application which tracks by labels, as they all did before version 3, takes for its own. */
const managed = (live: readonly KubeObject[], application: string) =>
  live.filter(
    (object) =>
      object.metadata?.labels?.["app.kubernetes.io/instance"] === application &&
      (object.metadata.ownerReferences ?? []).length === 0 &&
      object.kind !== "Endpoints", // taken for the Service's, which has its name
  );

const hasOption = ({ metadata }: KubeObject, option: string) =>
  (metadata?.annotations?.[SYNC_OPTIONS] ?? "").split(",").some((each) => each.trim() === option);

const titleOf = ({ kind, metadata }: KubeObject) => `${kind} ${metadata?.name}`;

/** What a sync with pruning deletes: what is the application's, and not among the manifests. */
export function pruned(
  live: readonly KubeObject[],
  application: string,
  manifests: readonly KubeObject[],
): KubeObject[] {
  const wanted = new Set(manifests.map(titleOf));
  return managed(live, application).filter(
    (object) => !wanted.has(titleOf(object)) && !hasOption(object, "Prune=false"),
  );
}

/** What goes with the application, where its resources are deleted along with it. */
export const deletedWith = (live: readonly KubeObject[], application: string): KubeObject[] =>
  managed(live, application).filter((object) => !hasOption(object, "Delete=false"));
