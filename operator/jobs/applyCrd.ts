import type { V1CustomResourceDefinition } from "@kubernetes/client-node";
import { z } from "zod";
import { hitCounterCrd } from "../api/crd.ts";
import { MANAGED_BY } from "../desired/names.ts";
import {
  conditionOf,
  errorMessage,
  isApiError,
  keyOf,
  ownerOfField,
  type ResourceKind,
} from "../runtime/index.ts";
import { job } from "./job.ts";
import { timeout } from "./options.ts";
import { Hopeless, untilNothingIsWaitedFor } from "./patience.ts";

/** Where the API server keeps CustomResourceDefinitions. */
export const crds: ResourceKind<V1CustomResourceDefinition> = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  namespaced: false,
};

/**
 * Makes the CustomResourceDefinition that is there the one that this version has, in the name of whoever applied it last:
 * Helm and kubectl, which apply it where they install, would find a conflict with any other. It never makes one: that
 * would need a right that can't be narrowed to one name.
 */
export const applyCrd = job({
  does: "Makes the CustomResourceDefinition of HitCounter that is there the one of this version",
  options: z.strictObject({ timeout: timeout.default(60) }),
  run: async (options, surroundings) => {
    const wanted = hitCounterCrd() as unknown as V1CustomResourceDefinition;
    const key = keyOf(wanted);
    const client = surroundings.client();
    let changed = false;
    const look = async () => {
      const live = await client.get(crds, key);
      if (!live) {
        throw new Hopeless(
          `There is no CustomResourceDefinition ${key.name} to bring up to date: ` +
            "helm show crds CHART | kubectl apply --server-side -f - makes it",
        );
      }
      const fieldManager = ownerOfField(live, "spec.versions", "") ?? MANAGED_BY;
      const applied = await client.apply(crds, wanted, { fieldManager }).catch((error: unknown) => {
        // What the API server finds wrong with it, it will find wrong again.
        throw isApiError(error, 422) ? new Hopeless(`It is refused: ${errorMessage(error)}`) : error;
      });
      changed ||= applied.metadata?.resourceVersion !== live.metadata?.resourceVersion;
      const established = conditionOf(applied.status, "Established");
      return established?.status === "True"
        ? undefined
        : (established?.message ?? `${key.name} is not established yet`);
    };
    await untilNothingIsWaitedFor(surroundings, options.timeout, look);
    return changed
      ? `The CustomResourceDefinition ${key.name} is the one of this version now`
      : `The CustomResourceDefinition ${key.name} already was the one of this version`;
  },
});
