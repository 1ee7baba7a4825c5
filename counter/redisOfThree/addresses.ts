import { lookup } from "node:dns/promises";
import { isIP } from "node:net";

/** Finds the address of a host. */
export type LookUp = (host: string) => Promise<string>;

const askTheSystem: LookUp = async (host) => (await lookup(host)).address;

/**
 * Finds addresses without waiting for an answer of DNS where there was one before: the last one is told at once, while
 * another look-up is under way, whose answer is told the next time.
 */
export function rememberAddresses(lookUp: LookUp = askTheSystem): LookUp {
  const last = new Map<string, string>();
  const underWay = new Map<string, Promise<string>>();
  const ask = (host: string) => {
    const asked = lookUp(host).then(
      (address) => {
        underWay.delete(host);
        last.set(host, address);
        return address;
      },
      (error: unknown) => {
        underWay.delete(host);
        throw error;
      },
    );
    underWay.set(host, asked);
    return asked;
  };
  return async (host) => {
    if (isIP(host) !== 0) return host;
    const asked = underWay.get(host) ?? ask(host);
    const known = last.get(host);
    if (known === undefined) return await asked;
    asked.catch(() => {}); // there is the last one
    return known;
  };
}
