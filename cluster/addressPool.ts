import type { Engine } from "./engine.ts";
import { inNode } from "./kind.ts";

/** How many addresses a cluster's load balancer has beside the control-plane node's own. */
const SIZE = 31;

/**
 * Adds a pool of addresses of the node network to the control-plane node, which from then on answers for them
 * to the host and to every node. Returns the pool; its first address is the node's own. Repeating it changes
 * nothing.
 */
export async function ensureAddressPool(engine: Engine, node: string, offset: number): Promise<string[]> {
  const show = await inNode(engine, node, ["ip", "-4", "-o", "address", "show", "dev", "eth0"]);
  const present = [...show.matchAll(/inet (\d+\.\d+\.\d+\.\d+)\/(\d+)/g)].map(([, address = "", length]) => ({
    address,
    length: Number(length),
  }));
  const own = present.find(({ length }) => length < 32);
  if (!own) {
    throw new Error(`The node ${node} has no address on eth0`);
  }
  const pool = poolAddresses(own.address, own.length, offset);
  const missing = pool.filter((address) => !present.some((other) => other.address === address));
  if (missing.length > 0) {
    const commands = missing.map((address) => `ip address add ${address}/32 dev eth0`).join(" && ");
    await inNode(engine, node, ["sh", "-c", commands]);
  }
  return [own.address, ...pool];
}

/** Addresses at the upper end of a network, where engines, which count from the bottom, rarely come. */
export function poolAddresses(address: string, prefixLength: number, offset: number): string[] {
  const number = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - prefixLength);
  const last = Math.floor(number / size) * size + size;
  const start = last - 256 + offset;
  return Array.from({ length: SIZE }, (_, index) => dotted(start + index));
}

const dotted = (number: number) =>
  [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
