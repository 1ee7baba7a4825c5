import type { V1Pod, V1Service } from "@kubernetes/client-node";
import type { HitCounter } from "../../api/hitCounter.ts";
import { pairsIn, proxyTlsSecretName, SERVES_TLS } from "../../desired/proxyTls.ts";
import { controllerOf, hasLabels } from "../../runtime/index.ts";
import type { Context } from "../context.ts";
import { type Certificate, type CertificateProblem, certificateIn, offeredPair } from "./certificate.ts";
import { httpsPortOf } from "./proxyService.ts";
import { isReady } from "./rollout.ts";

/** What there is of the HTTPS that is wanted. */
export interface SeenTls {
  /** The certificate that proxies have. */
  readonly served: Certificate | undefined;
  /** Why the Secret that spec names has none to serve. */
  readonly problem: CertificateProblem | undefined;
}

/** Looks at what proxies have, and at what they are to have; nothing where no HTTPS is wanted. */
export function lookAtTls(context: Context, hitCounter: HitCounter): SeenTls {
  const { namespace, uid } = hitCounter.metadata;
  const offered = offeredPair(context, hitCounter);
  if (!hitCounter.spec.proxy.tls) return { served: undefined, problem: undefined };
  const secret = context.children.Secret.get({ namespace, name: proxyTlsSecretName(hitCounter) });
  const pairs = controllerOf(secret)?.uid === uid ? pairsIn(secret) : undefined;
  return { served: pairs && certificateIn(pairs[pairs.served]), problem: offered?.problem };
}

/** Whether a Service leads to proxies that serve HTTPS, and one is ready. */
export const servesHttps = (service: V1Service | undefined, proxies: readonly V1Pod[]): boolean =>
  httpsPortOf(service) !== undefined && proxies.some((pod) => isReady(pod) && hasLabels(pod, SERVES_TLS));
