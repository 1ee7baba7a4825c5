import type { Sight } from "../decide/leader.ts";
import { type Answer, type Group, type Look, NOWHERE, type Seen } from "../types.ts";

/** Three nodes, a, b and c, that had a primary before. */
export const group: Group = {
  nodes: ["a", "b", "c"].map((name) => ({ name, id: `uid-${name}`, address: `${name}:6379` })),
  initialised: true,
  tooFewNodes: false,
  leaving: undefined,
};

const term = { number: 8, holder: "a" };

/** What a tells as the primary of term 8, which b and c follow. */
export const primary: Answer = {
  kind: "answered",
  term,
  pos: 5,
  fence: 8,
  hasData: true,
  link: undefined,
  followers: ["b:6379", "c:6379"].map((address) => ({ address, online: true, lagSeconds: 0 })),
  rewriting: false,
};

/** What b or c tells as its replica. */
export const replica: Answer = {
  ...primary,
  link: { primary: "a:6379", up: true, heardSecondsAgo: 0 },
  followers: [],
};

/** What b or c tells when it has not heard of its primary for so long that it hears it no more. */
export const deaf: Answer = { ...replica, link: { primary: "a:6379", up: true, heardSecondsAgo: 2 } };

/** What one tells that started anew: it has its data and follows nobody. */
export const started: Answer = {
  ...replica,
  link: { primary: NOWHERE, up: false, heardSecondsAgo: undefined },
};

/** What one tells that has no data. */
export const empty: Answer = { ...started, term: undefined, pos: 0, fence: 0, hasData: false };

/** Nodes as looked at at one time; one that is silent has been so since then. */
export function sightOf(looks: Readonly<Record<string, Look>>, at = 0): Sight {
  return new Map(
    Object.entries(looks).map(([name, look]): [string, Seen] => [
      name,
      { look, at, silentSince: look.kind === "answered" ? undefined : at },
    ]),
  );
}
