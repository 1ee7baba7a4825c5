import type { HitCounter } from "../../api/hitCounter.ts";
import { judgeAddresses } from "./addresses.ts";
import type { Verdict } from "./verdict.ts";

/**
 * ClientsLimited: whether a limit by client is held against each client. Undefined where there is none. That many share
 * one is nothing that keeps a HitCounter from serving those who are within it.
 */
export const judgeClients = (hitCounter: HitCounter): Verdict | undefined =>
  hitCounter.spec.proxy.rateLimit &&
  judgeAddresses(hitCounter, {
    known: "Clients are limited each",
    hidden: "All clients may share one limit of spec.proxy.rateLimit, as they seem to come",
  });
