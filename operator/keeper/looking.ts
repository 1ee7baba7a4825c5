import type { Sight } from "./decide/leader.ts";
import type { Look, Seen } from "./types.ts";

/** How often nodes are looked at (ms). */
export const LOOK_EVERY_MS = {
  /** The one that leads, or should. */
  primary: 500,
  /** Another, while all is well. */
  calm: 5_000,
  /** Another, else. */
  other: 1_000,
} as const;

/** What was seen of nodes, and looks that are under way. */
export interface Looking {
  readonly sight: Sight;
  /** When a look at the node was last begun; undefined where none was. */
  begunAt(name: string): number | undefined;
  /** Looks at a node, unless a look at it is under way. Once what it found is in `sight`: whether that is any news. */
  lookAt(name: string, look: () => Promise<Look>): Promise<boolean>;
  /** Forgets what was seen of a node, as it is another now. */
  forget(name: string): void;
}

/** Looks at nodes by this clock. */
export function startLooking(now: () => number): Looking {
  const sight = new Map<string, Seen>();
  const begun = new Map<string, number>();
  const underWay = new Map<string, Promise<boolean>>();
  const gists = new Map<string, string>();

  return {
    sight,
    begunAt: (name) => begun.get(name),
    lookAt(name, look) {
      const before = underWay.get(name);
      if (before !== undefined) return before;
      const at = now();
      begun.set(name, at);
      const looked = look().then((found) => {
        if (underWay.get(name) !== looked) return false; // it is another meanwhile
        underWay.delete(name);
        const silentSince = found.kind === "answered" ? undefined : (sight.get(name)?.silentSince ?? at);
        sight.set(name, { look: found, at, silentSince });
        const gist = gistOf(found);
        const isNews = gists.get(name) !== gist;
        gists.set(name, gist);
        return isNews;
      });
      underWay.set(name, looked);
      return looked;
    },
    forget(name) {
      underWay.delete(name);
      begun.delete(name);
      sight.delete(name);
      gists.delete(name);
    },
  };
}

/** Ages up to this say nothing (seconds): what is sent every second comes a little late. */
const FRESH_SECONDS = 1;

/** All that may matter of a look but how far the data has come, which goes on as long as there are hits. */
function gistOf(look: Look): string {
  if (look.kind !== "answered") return look.kind;
  const { term, fence, hasData, rewriting, link, followers } = look;
  const heard = link?.heardSecondsAgo ?? 0;
  const ages = [heard, ...followers.map(({ lagSeconds }) => lagSeconds)].map((age) =>
    age <= FRESH_SECONDS ? 0 : age,
  );
  const those = followers.map(({ address, online }) => `${address} ${online}`);
  return [term?.number, term?.holder, fence, hasData, rewriting, link?.primary, link?.up, ages, those].join();
}
