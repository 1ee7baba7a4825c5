import type { V1Deployment } from "@kubernetes/client-node";
import { counterEnvironment } from "../../../counter/contract.ts";
import type { Replication } from "../../desired/inputs.ts";
import { childName, hasCopies } from "../../desired/names.ts";
import { controllerOf } from "../../runtime/index.ts";
import type { Turn } from "../turn.ts";

const NONE: Replication = { countersKnow: false, isComplete: false };

/** How far the three copies have come: by the status, and by what counters there are. */
export function findReplication({ context, hitCounter }: Pick<Turn, "context" | "hitCounter">): Replication {
  if (!hasCopies(hitCounter)) return NONE;
  const { namespace, uid } = hitCounter.metadata;
  const { term, replicatedSince } = hitCounter.status?.redis ?? {};
  const found = context.children.Deployment.get({ namespace, name: childName(hitCounter, "counter") });
  const counters = controllerOf(found)?.uid === uid ? found : undefined;
  return {
    countersKnow:
      term !== undefined || replicatedSince !== undefined || counters === undefined || knowCopies(counters),
    isComplete: replicatedSince !== undefined,
  };
}

/** Whether the counters of a Deployment are told of three copies. */
export const knowCopies = ({ spec }: V1Deployment): boolean =>
  (spec?.template.spec?.containers ?? []).some(({ env = [] }) =>
    env.some(({ name }) => name === counterEnvironment.redisHosts),
  );
