import type { V1ConfigMap } from "@kubernetes/client-node";
import { hostInUrl } from "./hostInUrl.ts";
import type { Inputs } from "./inputs.ts";
import { child } from "./names.ts";
import { nginxConf } from "./nginxConf.ts";

/** Key of the configuration in the ConfigMap, and its file name. */
export const NGINX_CONF_KEY = "nginx.conf";

const COUNTER_PORT = 80;

/** Annotation of the ConfigMap with the address it leads to, which a counter's Service that is made anew gets back. */
export const COUNTER_ADDRESS = "hitcounter.dev/counter-address";

/**
 * The proxy's configuration. nginx looks a name up only when it starts, so the address of the counter's Service
 * itself stands in the file, and a new one rolls the proxy.
 */
export function proxyConfigMap({ hitCounter, counterAddress, ipFamilies, tls }: Inputs): V1ConfigMap {
  const { proxy, pages } = hitCounter.spec;
  const made = child("v1", "ConfigMap", hitCounter, "proxy");
  return {
    ...made,
    metadata: { ...made.metadata, annotations: { [COUNTER_ADDRESS]: counterAddress } },
    data: {
      [NGINX_CONF_KEY]: nginxConf([`${hostInUrl(counterAddress)}:${COUNTER_PORT}`], {
        families: ipFamilies,
        clientAddress: proxy.clientAddress,
        pages: pages.max > 0,
        rateLimit: proxy.rateLimit,
        tls: tls?.wanted ? { port: tls.port, redirect: tls.redirect } : undefined,
      }),
    },
  };
}
