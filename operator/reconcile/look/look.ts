import type { V1PersistentVolumeClaim, V1Service } from "@kubernetes/client-node";
import type { HitCounter } from "../../api/hitCounter.ts";
import { REVISION_LABEL, VERSION_LABEL } from "../../desired/counterDeployment.ts";
import { type Component, childName, hasCopies, selectorLabels } from "../../desired/names.ts";
import { speaksProxyProtocol } from "../../desired/nginxConf.ts";
import { NGINX_CONF_KEY } from "../../desired/proxyConfigMap.ts";
import { volumeClaimNames } from "../../desired/redisStatefulSet.ts";
import type { GroupState } from "../../keeper/index.ts";
import {
  compareQuantities,
  controllerOf,
  hasLabels,
  type KubeObject,
  keyOf,
  keyString,
} from "../../runtime/index.ts";
import type { Context } from "../context.ts";
import { knowCopies } from "../find/replication.ts";
import { type CountAnswer, targetOf } from "./askProxy.ts";
import { backupOf, type SeenBackup } from "./backup.ts";
import { isStaying } from "./podTrouble.ts";
import { proxyServiceOf } from "./proxyService.ts";
import { lookAtAuth, type SeenAuth } from "./redisAuth.ts";
import { isReady, type Rollout, rolloutOf, sinceWhen } from "./rollout.ts";
import { lookAtTls, type SeenTls, servesHttps } from "./tls.ts";
import { type Unmade, unmadeOf } from "./whyNotMade.ts";

/** What there is of a HitCounter. */
export interface Seen {
  readonly counter: Rollout;
  readonly redis: Rollout;
  readonly proxy: Rollout;
  /** Version and name of the settings in the counter Deployment's template. */
  readonly counterVersion: string | undefined;
  readonly counterRevision: string | undefined;
  /** Since when Redis has been ready, in milliseconds since 1970; undefined while it is not. */
  readonly redisReadySince: number | undefined;
  /** The Service that leads to the proxy. */
  readonly proxyService: V1Service | undefined;
  /** Whether that Service leads to a proxy that serves HTTPS: then the proxy is asked by it. */
  readonly byHttps: boolean;
  readonly tls: SeenTls;
  readonly claim: V1PersistentVolumeClaim | undefined;
  /** Undefined where there are none. */
  readonly backup: SeenBackup | undefined;
  readonly auth: SeenAuth;
  /** Undefined where there are no three copies of Redis. */
  readonly copies: SeenCopies | undefined;
  /** Undefined where the proxy is not asked, as some part of the way to it is not up, or has not answered yet. */
  readonly count: SeenCount | undefined;
}

/** What is seen of three copies of Redis. */
export interface SeenCopies {
  /** Undefined where this process has not seen them yet. */
  readonly state: GroupState | undefined;
  /** The counters are told of all three, and none is on its way out that may not be. */
  readonly countersKnow: boolean;
  /** The nodes on which pods of the operator work; empty while none is known. */
  readonly keeperNodes: readonly string[];
}

/** What the proxy said. */
export type SeenCount = CountAnswer & {
  /** It has given a count for a while whenever it was asked. */
  readonly steady: boolean;
  /** It was asked since the parts on the way to it last changed. */
  readonly fresh: boolean;
};

/** Looks at what there is, in the caches alone; what has to be asked for, the pollers are told to ask. */
export function look(context: Context, hitCounter: HitCounter): Seen {
  const { children, pods, volumeClaims } = context;
  const { namespace, uid } = hitCounter.metadata;
  const key = (component: Component) => ({ namespace, name: childName(hitCounter, component) });
  // What a former HitCounter of its name has left behind tells nothing of this one.
  const own = <T extends KubeObject>(workload: T | undefined) =>
    (controllerOf(workload)?.uid ?? uid) === uid ? workload : undefined;
  const ofAll = pods.byIndex(keyString(hitCounter.metadata));
  const podsOf = (component: Component) =>
    ofAll.filter((pod) => hasLabels(pod, selectorLabels(hitCounter, component)));

  const counters = own(children.Deployment.get(key("counter")));
  const { [VERSION_LABEL]: counterVersion, [REVISION_LABEL]: counterRevision } =
    counters?.spec?.template.metadata?.labels ?? {};
  const redis = own(children.StatefulSet.get(key("redis")));
  const redisPods = podsOf("redis");
  const proxies = own(children.Deployment.get(key("proxy")));
  const proxyService = proxyServiceOf(context, hitCounter);
  const seen = {
    counter: rolloutOf(counters, podsOf("counter"), "counter"),
    redis: {
      ...rolloutOf(redis, redisPods, "redis"),
      notMade: askAfter(context, hitCounter, unmadeOf(redis, redisPods)),
    },
    proxy: rolloutOf(proxies, podsOf("proxy"), "nginx"),
    counterVersion,
    counterRevision,
    redisReadySince: sinceWhen(redisPods.find(isReady) ?? {}, "Ready"),
    proxyService,
    byHttps: servesHttps(proxyService, podsOf("proxy")),
    tls: lookAtTls(context, hitCounter),
    claim: worstOf(
      volumeClaimNames(hitCounter).flatMap((name) => volumeClaims.get({ namespace, name }) ?? []),
    ),
    backup: backupOf(own(children.CronJob.get(key("backup"))), podsOf("backup")),
    auth: lookAtAuth(context, hitCounter, redisPods),
    copies: hasCopies(hitCounter)
      ? {
          state: context.copies.stateOf(keyOf(hitCounter)),
          countersKnow: counters !== undefined && knowCopies(counters) && podsOf("counter").every(isStaying),
          keeperNodes: context.copies.keeperNodes(),
        }
      : undefined,
  };
  return { ...seen, count: askProxy(context, hitCounter, seen) };
}

/** The claim of Redis to tell of: of several the one that is being deleted, else the one that has least. */
function worstOf(claims: readonly V1PersistentVolumeClaim[]): V1PersistentVolumeClaim | undefined {
  const has = ({ status }: V1PersistentVolumeClaim) => status?.capacity?.storage;
  const deleted = claims.find(({ metadata }) => metadata?.deletionTimestamp !== undefined);
  const bySize = claims
    .filter((claim) => has(claim) !== undefined)
    .sort((one, other) => compareQuantities(has(one) ?? "0", has(other) ?? "0"));
  return deleted ?? bySize[0] ?? claims[0];
}

/** Why pods are not made, if that has been told for a moment; nothing is asked any more where they are. */
function askAfter({ whyNotMade }: Context, hitCounter: HitCounter, unmade: Unmade | undefined) {
  const key = keyOf(hitCounter);
  if (unmade) whyNotMade.follow(key, unmade);
  else whyNotMade.forget(key);
  const told = whyNotMade.answer(key);
  return told?.steady ? told.value : undefined;
}

/** Has the proxy asked where every part of the way to it is up, and at once where one of them has changed. */
function askProxy(
  { counts, children }: Context,
  hitCounter: HitCounter,
  { counter, redis, proxy, counterRevision, proxyService, byHttps }: Omit<Seen, "count">,
): SeenCount | undefined {
  const key = keyOf(hitCounter);
  // Pods tell first that they are gone; but only the workloads tell that they are theirs.
  const isUp = [counter, redis, proxy].every(({ available, ready }) => available > 0 && ready > 0);
  if (!isUp || !proxyService) {
    counts.forget(key);
    return undefined;
  }
  const occasion = JSON.stringify([counter, redis, proxy, counterRevision]);
  // As the proxies have it, not as spec would: a HitCounter may be paused.
  const conf = children.ConfigMap.get({ ...key, name: childName(hitCounter, "proxy") })?.data?.[
    NGINX_CONF_KEY
  ];
  const target = targetOf(hitCounter, proxyService, {
    proxyProtocol: speaksProxyProtocol(conf ?? ""),
    byHttps,
  });
  counts.follow(key, target, occasion);
  const told = counts.answer(key);
  return told && { ...told.value, steady: told.steady, fresh: told.occasion === occasion };
}
