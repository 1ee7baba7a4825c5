import type { HitCounterSpecInput } from "../../operator/api/hitCounter.ts";
import { desiredObjects } from "../../operator/desired/index.ts";
import { type ChildKind, childKinds, type Row } from "../../operator/kinds.ts";
import type { ResourceKind } from "../../operator/runtime/objects.ts";
import { hitCounterWith, inputsFor } from "../../operator/testing/fixtures.ts";

/** The kinds of children that every cluster knows. */
export const kindsEverywhere = Object.values<Row>(childKinds).filter(({ optional }) => !optional);

/** A child that the operator makes for a HitCounter `web`. */
export interface Child {
  readonly kind: ResourceKind;
  readonly name: string;
}

/** Every child of a HitCounter `web` of this spec, as the operator's own builders have it. */
export const wantedChildren = (spec: Partial<HitCounterSpecInput> = {}): Child[] =>
  desiredObjects(inputsFor(hitCounterWith(spec))).map(({ kind, metadata }) => ({
    kind: childKinds[kind as ChildKind] as ResourceKind,
    name: metadata?.name ?? "",
  }));

/** A child as kubectl names it, such as `deployment.apps/web-counter`. */
export function kubectlNameOf({ kind: { apiVersion, kind }, name }: Child): string {
  const [group] = apiVersion.includes("/") ? apiVersion.split("/") : [];
  return `${kind.toLowerCase()}${group ? `.${group}` : ""}/${name}`;
}
