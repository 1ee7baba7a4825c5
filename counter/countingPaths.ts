import { counterPaths, pagesPath, showParameter } from "./contract.ts";

/** A path of which a GET counts. */
export interface CountingPath {
  /** What metrics call it. */
  readonly label: string;
  /** The page that it is of, if it is of one. */
  readonly page?: string;
  /** Whether the number is shown by a badge, else in words. */
  readonly isBadge: boolean;
}

/** The path of a hit that is of no page. */
export const ROOT: CountingPath = { label: counterPaths.root, isBadge: false };
const BADGE: CountingPath = { label: counterPaths.badge, isBadge: true };
/** What metrics call the path of any page, and of its badge. */
const [ANY_PAGE, ANY_PAGES_BADGE] = [`${pagesPath}*`, `${pagesPath}*${counterPaths.badge}`];

/**
 * A page's path, or its badge's: its key is letters, digits, `.`, `_` and `-`, the first a letter or a digit, 64 at most.
 * So `/p/badge.svg` is a page.
 */
const PAGE = new RegExp(`^${pagesPath}([A-Za-z0-9][A-Za-z0-9._-]{0,63})(/badge\\.svg)?$`);

/** The paths that count, for a router. */
export const countingRoutes = (withPages: boolean): (string | RegExp)[] =>
  withPages ? [counterPaths.root, counterPaths.badge, PAGE] : [counterPaths.root, counterPaths.badge];

/** What a GET of a path counts, if anything. */
export function countingPath(path: string, withPages: boolean): CountingPath | undefined {
  if (path === counterPaths.root) return ROOT;
  if (path === counterPaths.badge) return BADGE;
  const [, page, badge] = (withPages && path.startsWith(pagesPath) && PAGE.exec(path)) || [];
  if (page === undefined) return undefined;
  const isBadge = badge !== undefined;
  return { label: isBadge ? ANY_PAGES_BADGE : ANY_PAGE, page, isBadge };
}

/** The query of a URL, with its `?`; none is empty. */
export const queryOf = (url: string): string => (url.includes("?") ? url.slice(url.indexOf("?")) : "");

/** Whether a query asks to show what a hit would move, and to count none. */
export const asksToShow = (query: string): boolean =>
  query !== "" && new URLSearchParams(query).has(showParameter.name, showParameter.value);
