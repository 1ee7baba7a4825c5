import type { Answer } from "./answers.ts";
import { type BadgeLook, readBadge } from "./badgeQuery.ts";

const SVG = "image/svg+xml; charset=utf-8";

/**
 * The headers of a badge. Image proxies keep what they are not told to ask for again, GitHub's for a year, and some heed
 * one of these words only. Other sites may show it, and it can do nothing there but look as it does.
 */
const HEADERS: readonly string[] = [
  ...["Cache-Control", "max-age=0, no-cache, no-store, must-revalidate"],
  ...["Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"],
  ...["Cross-Origin-Resource-Policy", "cross-origin"],
  ...["X-Content-Type-Options", "nosniff"],
];

/** Answers by a badge. */
export interface Badge {
  /** With a number; without one where the page is one more than there may be. */
  saying(number: number | undefined): Answer;
  /** There is no number. */
  unavailable(): Answer;
}

/**
 * Makes the badge that a query asks for. Throws a BadBadge where there is none such. What draws is loaded with the first
 * of them, as it takes some 10 MB, most of it the widths of letters.
 */
export async function badgeFor(query: string): Promise<Badge> {
  const look = readBadge(query);
  const { makeBadge } = await import("badge-maker");
  const answer = (code: number, message: string, more: Partial<BadgeLook> = {}): Answer => ({
    code,
    type: SVG,
    body: makeBadge({ ...look, ...more, message }),
    headers: HEADERS,
  });
  const without = { color: "lightgrey" };
  return {
    saying: (number) =>
      number === undefined ? answer(404, "not counted", without) : answer(200, `${number}`),
    unavailable: () => answer(503, "unavailable", without),
  };
}

/** The answer to a HEAD of the badge that a query asks for, by which nothing is drawn. Throws as above. */
export function badgeHead(query: string): Answer {
  readBadge(query);
  return { code: 200, type: SVG, body: "", headers: HEADERS };
}
