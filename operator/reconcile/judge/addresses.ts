import type { HitCounter, HitCounterSpec } from "../../api/hitCounter.ts";
import { no, type Verdict, yes } from "./verdict.ts";

/** What hangs on clients' addresses, in the words that a sentence begins with: where they are known, and where not. */
interface Told {
  readonly known: string;
  readonly hidden: string;
}

/** Whether the proxies know clients by their addresses. */
export function judgeAddresses({ spec }: HitCounter, { known, hidden }: Told): Verdict {
  const { service, clientAddress } = spec.proxy;
  if (clientAddress.trustedProxies.length > 0) {
    const who = "the addresses that those in spec.proxy.clientAddress.trustedProxies tell";
    return yes("AddressesKnown", `${known} by ${who}.`);
  }
  return hidesAddresses(service)
    ? no(
        "AddressesHidden",
        `${hidden} from a few addresses, those of nodes, as a node may pass a connection on from its own. ` +
          "Set spec.proxy.service.externalTrafficPolicy to Local; or, where a balancer can tell who the client is, " +
          "spec.proxy.clientAddress.",
      )
    : yes("AddressesKnown", `${known} by the addresses that connect to the proxies.`);
}

const hidesAddresses = ({ type, externalTrafficPolicy }: HitCounterSpec["proxy"]["service"]) =>
  type !== "ClusterIP" && externalTrafficPolicy !== "Local";
