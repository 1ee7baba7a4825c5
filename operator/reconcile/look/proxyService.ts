import type { V1Service } from "@kubernetes/client-node";
import type { HitCounter } from "../../api/hitCounter.ts";
import { proxyServiceName } from "../../desired/names.ts";
import { HTTPS } from "../../desired/services.ts";
import { controllerOf } from "../../runtime/index.ts";
import type { Context } from "../context.ts";

/** The Service that leads to the proxy, under its former name while there is none under its new one. */
export function proxyServiceOf(
  { children }: Pick<Context, "children">,
  hitCounter: HitCounter,
): V1Service | undefined {
  const { namespace, uid } = hitCounter.metadata;
  const isProxys = ({ metadata }: V1Service) => metadata?.labels?.["app.kubernetes.io/component"] === "proxy";
  const wanted = children.Service.get({ namespace, name: proxyServiceName(hitCounter) });
  return controllerOf(wanted)?.uid === uid ? wanted : children.Service.byIndex(uid).find(isProxys);
}

/** The port that a Service has for HTTPS, if it has one. */
export const httpsPortOf = (service: V1Service | undefined): number | undefined =>
  service?.spec?.ports?.find(({ name }) => name === HTTPS)?.port;
