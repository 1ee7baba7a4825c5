import type { V1Secret } from "@kubernetes/client-node";
import { selectorLabels } from "../../desired/names.ts";
import {
  type KeyPairs,
  type ProxyTls,
  pairsIn,
  proxyTlsSecretName,
  SERVES_TLS,
  served,
} from "../../desired/proxyTls.ts";
import { childKinds } from "../../kinds.ts";
import { hasLabels, keyString } from "../../runtime/index.ts";
import { offeredPair } from "../look/certificate.ts";
import { httpsPortOf, proxyServiceOf } from "../look/proxyService.ts";
import { isNew, type Turn } from "../turn.ts";

/**
 * How the proxies are to speak TLS: with the certificate in the Secret that spec names, where that can be served; else with
 * the one from before; not at all where there was none. No longer wanted, it stays until no proxy serves it any more.
 */
export async function findTls(turn: Turn): Promise<ProxyTls | undefined> {
  const { context, hitCounter, memory } = turn;
  const wanted = hitCounter.spec.proxy.tls;
  const offered = offeredPair(context, hitCounter);
  const known = memory.keyPairs ?? (await pairsThere(turn));
  const pairs = offered?.pair ? served(known, offered.pair) : known;
  const port = wanted?.port ?? (servesHttps(turn) ? portNow(turn) : undefined);
  memory.keyPairs = port === undefined ? undefined : pairs;
  if (!pairs || port === undefined) return undefined;
  return { pairs, port, redirect: wanted?.redirect ?? false, wanted: wanted !== undefined };
}

/** Those in the Secret of the proxies. One that the cache lacks may only have lost its labels. */
async function pairsThere({ context, hitCounter, signal }: Turn): Promise<KeyPairs | undefined> {
  const key = { namespace: hitCounter.metadata.namespace, name: proxyTlsSecretName(hitCounter) };
  const cached = context.children.Secret.get(key);
  const isLost = !cached && hitCounter.spec.proxy.tls && !isNew(hitCounter);
  const live = isLost ? await context.client.get(childKinds.Secret, key, { signal }) : cached;
  return pairsIn(live as V1Secret | undefined);
}

/** Whether a proxy is there that serves HTTPS, and may send visitors there. */
const servesHttps = ({ context, hitCounter }: Turn) =>
  context.pods
    .byIndex(keyString(hitCounter.metadata))
    .some((pod) => hasLabels(pod, { ...selectorLabels(hitCounter, "proxy"), ...SERVES_TLS }));

/** The port that the Service has for it. */
const portNow = ({ context, hitCounter }: Turn) => httpsPortOf(proxyServiceOf(context, hitCounter));
