import type { Inputs } from "../../desired/inputs.ts";
import { childName, selectorLabels } from "../../desired/names.ts";
import { isAutoscaled } from "../../desired/replicas.ts";
import { childKinds } from "../../kinds.ts";
import { hasLabels, keyString } from "../../runtime/index.ts";
import { isStaying } from "../look/podTrouble.ts";
import { isNew, type Turn } from "../turn.ts";
import { findCounterAddress } from "./counterService.ts";
import { findPasswords } from "./passwords.ts";
import { findReplication } from "./replication.ts";
import { findSalts } from "./salts.ts";
import type { Choice } from "./settings.ts";
import { findTls } from "./tls.ts";

/** Finds what spec does not say: what chance or the API server decided, and what was healthy. The rest follows from it. */
export async function find(turn: Turn, { settings, healthy }: Choice): Promise<Inputs> {
  const { context, hitCounter } = turn;
  const passwords = await findPasswords(turn);
  const counterAddress = await findCounterAddress(turn);
  return {
    hitCounter,
    defaultImages: context.defaultImages,
    settings,
    healthySettings: healthy,
    passwords,
    salts: await findSalts(turn, settings),
    tls: await findTls(turn),
    counterReplicas: await findReplicas(turn),
    proxyAddresses: findProxyAddresses(turn),
    operatorNamespace: context.operatorNamespace,
    replication: findReplication(turn),
    knowsServiceMonitors: context.children.ServiceMonitor.isKnown,
    ...counterAddress,
  };
}

/** How many counters there are, by an autoscaler's word. A Deployment that the cache lacks may only have lost its labels. */
async function findReplicas({ context, hitCounter, signal }: Turn): Promise<number | undefined> {
  const key = { namespace: hitCounter.metadata.namespace, name: childName(hitCounter, "counter") };
  const cached = context.children.Deployment.get(key);
  const isLost = !cached && isAutoscaled(hitCounter) && !isNew(hitCounter);
  const live = isLost ? await context.client.get(childKinds.Deployment, key, { signal }) : cached;
  return live?.spec?.replicas;
}

/**
 * Where the proxies are, for who asks each of them; nobody does where no metrics are wanted. A pod has its address before
 * it is ready, which is when its HitCounter is looked at, and has no other later.
 */
function findProxyAddresses({ context, hitCounter }: Turn): readonly string[] {
  if (!hitCounter.spec.monitoring.enabled) return [];
  return context.pods
    .byIndex(keyString(hitCounter.metadata))
    .filter((pod) => isStaying(pod) && hasLabels(pod, selectorLabels(hitCounter, "proxy")))
    .flatMap(({ status }) => status?.podIP ?? [])
    .sort();
}
