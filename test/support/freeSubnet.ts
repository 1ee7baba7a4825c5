import { BlockList, isIPv4 } from "node:net";

/** How many networks there are to choose from: those of 10.128.0.0/9, as engines begin with the others. */
const CHOICE = 128 * 256;

/** The first three numbers of a network of 256 addresses, the first from `start` on that shares none with those taken. */
export function freeSubnet(taken: readonly string[], start: number): string {
  const networks = taken.map((cidr) => cidr.split("/") as [string, string]).filter(([net]) => isIPv4(net));
  for (let step = 0; step < CHOICE; step += 1) {
    const index = (start + step) % CHOICE;
    const prefix = `10.${128 + (index >> 8)}.${index % 256}`;
    if (!networks.some(([net, bits]) => overlap(`${prefix}.0`, 24, net, Number(bits)))) {
      return prefix;
    }
  }
  throw new Error("every network of 10.128.0.0/9 is taken");
}

/** Two networks share addresses where the smaller one's first is in the larger. */
function overlap(one: string, oneBits: number, other: string, otherBits: number): boolean {
  const larger = new BlockList();
  larger.addSubnet(...(oneBits < otherBits ? ([one, oneBits] as const) : ([other, otherBits] as const)));
  return larger.check(oneBits < otherBits ? other : one);
}
