/** One of the three copies: the name of its pod, and where it is. */
export interface Copy {
  readonly pod: string;
  readonly host: string;
  readonly port: number;
}

/** How the copies are listed, in words. */
export const COPIES = "three of [POD=]HOST[:PORT] by commas, each of another pod";

/** An address in brackets is one of IPv6. */
const COPY =
  /^(?:(?<pod>[a-z0-9.-]+)=)?(?:\[(?<ip>[0-9a-fA-F:.]+)\]|(?<host>[\w.-]+))(?::(?<port>\d{1,5}))?$/;

/**
 * Reads a list of copies; undefined where it is none. A pod that is not named has the first label of its host for a name,
 * and where no port is told it is this one.
 */
export function readCopies(list: string, usualPort: number): readonly Copy[] | undefined {
  const copies = list.split(",").map((each) => readCopy(each.trim(), usualPort));
  const pods = new Set(copies.map((copy) => copy?.pod));
  const known = copies.filter((copy) => copy !== undefined);
  return known.length === 3 && copies.length === 3 && pods.size === 3 ? known : undefined;
}

const readCopy = (text: string, usualPort: number): Copy | undefined => {
  const groups = COPY.exec(text)?.groups;
  const host = groups?.host ?? groups?.ip;
  if (host === undefined) return undefined;
  const port = Number(groups?.port ?? usualPort);
  return port >= 1 && port <= 65_535
    ? { pod: groups?.pod ?? host.split(".")[0] ?? host, host, port }
    : undefined;
};
