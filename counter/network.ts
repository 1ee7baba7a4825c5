import { isIPv4, isIPv6 } from "node:net";

/**
 * From where a client comes, in one spelling: of IPv4 the address, of IPv6 the /64 that it is in, as a single person has
 * all of one and many addresses of it in a day. Undefined for what is no address.
 */
export function networkOf(address: string | undefined): string | undefined {
  if (address === undefined || isIPv4(address)) return address;
  if (!isIPv6(address) || address.includes("%")) return undefined;
  const groups = groupsOf(address);
  const [isMapped, high = 0, low = 0] = [isMappedIPv4(groups), ...groups.slice(6)];
  if (isMapped) return [high >> 8, high & 255, low >> 8, low & 255].join(".");
  return groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(":");
}

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): number[] {
  const [first = [], last = []] = address.split("::").map((part) => part.split(":").flatMap(toGroups));
  return [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
}

/** The groups that a part between colons is: two where it is an IPv4 address, as the last one may be. */
function toGroups(text: string): number[] {
  if (text === "") return [];
  const [a = 0, b = 0, c = 0, d = 0] = text.split(".").map(Number);
  return text.includes(".") ? [256 * a + b, 256 * c + d] : [Number.parseInt(text, 16)];
}

const isMappedIPv4 = (groups: readonly number[]) =>
  groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
