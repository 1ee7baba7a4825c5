import { dayMs } from "../../../counter/contract.ts";
import type { HitCounterSpec } from "../../api/hitCounter.ts";
import type { Situation } from "./situation.ts";
import { no, type Verdict, yes } from "./verdict.ts";

/**
 * VisitorsCounted: whether counters get the addresses by which visitors are told apart. Undefined where visitors are not
 * counted. That they are counted wrong is nothing that keeps a HitCounter from serving.
 */
export function judgeVisitors({
  hitCounter,
  choice,
}: Pick<Situation, "hitCounter" | "choice">): Verdict | undefined {
  if (!choice.settings.visitors?.enabled) return undefined;
  const { service, clientAddress } = hitCounter.spec.proxy;
  if (clientAddress.trustedProxies.length > 0) {
    const who = "the addresses that those in spec.proxy.clientAddress.trustedProxies tell";
    return yes("AddressesKnown", `Visitors are told apart by ${who}.`);
  }
  return hidesAddresses(service)
    ? no(
        "AddressesHidden",
        "All visitors seem to come from a few addresses, those of nodes, as a node may pass a connection on from its own. " +
          "Set spec.proxy.service.externalTrafficPolicy to Local; or, where a balancer can tell who the client is, " +
          "spec.proxy.clientAddress.",
      )
    : yes("AddressesKnown", "Visitors are told apart by the addresses that connect to the proxies.");
}

const hidesAddresses = ({ type, externalTrafficPolicy }: HitCounterSpec["proxy"]["service"]) =>
  type !== "ClusterIP" && externalTrafficPolicy !== "Local";

/** In how many milliseconds the salts are others, as the day is, in UTC; undefined where visitors are not counted. */
export const nextDayMs = ({ choice, now }: Pick<Situation, "choice" | "now">): number | undefined =>
  choice.settings.visitors?.enabled ? dayMs - (now.getTime() % dayMs) : undefined;
