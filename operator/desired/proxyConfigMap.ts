import type { V1ConfigMap } from "@kubernetes/client-node";
import type { Inputs } from "./inputs.ts";
import { childMetadata } from "./names.ts";
import { nginxConf } from "./nginxConf.ts";

/** Key of the configuration in the ConfigMap, and its file name. */
export const NGINX_CONF_KEY = "nginx.conf";

const COUNTER_PORT = 80;

/**
 * The proxy's configuration. nginx looks a name up only when it starts, so the address of the counter's Service
 * itself stands in the file, and a new one rolls the proxy.
 */
export function proxyConfigMap({ hitCounter, counterClusterIp }: Inputs): V1ConfigMap {
  const host = counterClusterIp.includes(":") ? `[${counterClusterIp}]` : counterClusterIp;
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: childMetadata(hitCounter, "proxy"),
    data: { [NGINX_CONF_KEY]: nginxConf([`${host}:${COUNTER_PORT}`]) },
  };
}

/** The address of the counter's Service that a configuration leads to; undefined where it leads to none. */
export function counterAddressIn(configMap: V1ConfigMap | undefined): string | undefined {
  const address = new RegExp(`^ *server (\\S+):${COUNTER_PORT} `, "m").exec(
    configMap?.data?.[NGINX_CONF_KEY] ?? "",
  );
  return address?.[1]?.replace(/^\[(.+)\]$/, "$1");
}
