import type { RequestListener } from "node:http";
import express, { type ErrorRequestHandler, type Request, type Response } from "express";
import {
  type Answer,
  type Answering,
  type AnswersOptions,
  type Asked,
  createAnswers,
  FRESH,
  JSON_TYPE,
  TEXT,
} from "./answers.ts";
import { type Badge, badgeFor, badgeHead } from "./badge.ts";
import { BadBadge } from "./badgeQuery.ts";
import { validId } from "./batch.ts";
import { counterPaths, hitsPlaceholder, requestHeaders } from "./contract.ts";
import {
  asksToShow,
  type CountingPath,
  countingPath,
  countingRoutes,
  queryOf,
  ROOT,
} from "./countingPaths.ts";
import type { Hits } from "./hits.ts";
import type { Log } from "./logger.ts";
import { Unavailable } from "./unavailable.ts";

/** What the web app needs. */
export interface AppOptions extends AnswersOptions {
  hits: Hits;
  log: Log;
  message: string;
  /** How many pages may be counted apart. */
  maxPages: number;
  /** Told of each request that counts, as it arrives. */
  onVisit?: () => void;
}

/** The web app. */
export interface App {
  /** Answers any request. */
  readonly listener: RequestListener;
  /** Answers a GET of `/`. */
  hit(request: Asked, response: Answering): void;
}

const { health, ready, hits: hitsPath, metrics: metricsPath } = counterPaths;
// Node.js has the names of headers in lower case.
const idHeader = requestHeaders.id.toLowerCase();
const retryHeader = requestHeaders.retry.toLowerCase();
const dryRunHeader = requestHeaders.dryRun.toLowerCase();
const known: ReadonlySet<string> = new Set(Object.values(counterPaths));

/** What metrics call a path that is none of the counter's. */
const OTHER = "other";

/**
 * The counter's web app: a GET of `/`, of a page or of a badge counts, nothing else does. These are answered before
 * Express is entered, which would cost each hit; everything else is Express's, a hit that is written otherwise too.
 */
export function createApp(options: AppOptions): App {
  const { hits, metrics, log, message, maxPages, stopping, onVisit = () => {} } = options;
  const { arrive, send, unavailable } = createAnswers(options);
  const sentence = `${message}\n`.split(hitsPlaceholder);

  const withPages = maxPages > 0;
  const labelOf = (path: string) =>
    known.has(path) ? path : (countingPath(path, withPages)?.label ?? OTHER);

  const failed = (path: string, request: Asked, response: Answering, error: unknown, badge?: Badge) => {
    if (error instanceof Unavailable) {
      unavailable(path, request, response, error, badge?.unavailable());
      return;
    }
    if (error instanceof BadBadge) {
      const headers = [...FRESH, "X-Content-Type-Options", "nosniff"];
      send(path, request, response, { code: 400, type: TEXT, body: `${error.message}\n`, headers });
      return;
    }
    log("error", "A request failed", { error, method: request.method, path });
    send(path, request, response, { code: 500, type: TEXT, body: "Something went wrong here.\n" });
  };

  /** The number for a GET of `/` or of a page; none where it is one page more than there may be. */
  const numberFor = async (request: Asked, page: string | undefined) => {
    const { headers, socket, url = "" } = request;
    const wanted = () => !socket.destroyed;
    if (headers[dryRunHeader] === "true") {
      return hits.dryRun(wanted);
    }
    if (asksToShow(queryOf(url))) {
      return page === undefined ? hits.total() : hits.page(page);
    }
    onVisit();
    const id = validId(headers[idHeader] as string | undefined);
    const number = await hits.next(wanted, { id, retry: headers[retryHeader] === "1", page });
    if (number === 0) {
      return undefined;
    }
    metrics.hit();
    return number;
  };
  const count = async (request: Asked, response: Answering, { label, page, isBadge }: CountingPath) => {
    arrive(request);
    let badge: Badge | undefined;
    try {
      // Before anything is counted, so that what is asked for in vain counts nothing.
      badge = isBadge ? await badgeFor(queryOf(request.url ?? "")) : undefined;
      const number = await numberFor(request, page);
      const answer = badge?.saying(number) ?? (number === undefined ? NO_ROOM : saying(number));
      send(label, request, response, answer);
    } catch (error) {
      failed(label, request, response, error, badge);
    }
  };
  const saying = (number: number) => ({
    code: 200,
    type: TEXT,
    body: sentence.join(`${number}`),
    headers: FRESH,
  });

  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.enable("strict routing"); // `/hits/` and `/HITS` are other paths
  app.enable("case sensitive routing");

  /** Answers a GET of this path, or a HEAD, by what `answer` gives. */
  const get = (path: string, answer: (query: string) => Answer | Promise<Answer>) =>
    app.route(path).get(async (request, response) => {
      arrive(request);
      try {
        send(path, request, response, await answer(queryOf(request.url)));
      } catch (error) {
        failed(path, request, response, error);
      }
    });

  for (const route of countingRoutes(withPages)) {
    const pathOf = (request: Request) => countingPath(request.path, withPages) ?? ROOT;
    app
      .route(route)
      .get((request, response) => count(request, response, pathOf(request)))
      .head((request, response) => {
        arrive(request);
        const { label, isBadge } = pathOf(request);
        send(label, request, response, isBadge ? badgeHead(queryOf(request.url)) : HEAD_IN_WORDS);
      });
  }
  get(health, () => UP);
  get(ready, () => (stopping() ? STOPPING : UP));
  get(hitsPath, async (query) => {
    const body = JSON.stringify(await tell(hits, query));
    return { code: 200, type: JSON_TYPE, body, headers: FRESH };
  });
  get(metricsPath, async () => {
    const body = await metrics.registry.metrics();
    return { code: 200, type: metrics.registry.contentType, body };
  });

  app.use((request: Request, response: Response) => {
    arrive(request);
    const path = labelOf(request.path);
    if (path === OTHER) {
      send(path, request, response, { code: 404, type: TEXT, body: "There is nothing here.\n" });
    } else {
      const headers = ["Allow", "GET, HEAD"];
      send(path, request, response, { code: 405, type: TEXT, body: "Only GET works here.\n", headers });
    }
  });
  const onError: ErrorRequestHandler = (error, request, response, _next) =>
    failed(labelOf(request.path), request, response, error);
  app.use(onError);

  const listener: RequestListener = (request, response) => {
    const { method, url = "" } = request;
    const path = method === "GET" ? countingPath(url, withPages) : undefined;
    if (path !== undefined) {
      void count(request, response, path);
    } else {
      app(request, response);
    }
  };
  return { listener, hit: (request, response) => void count(request, response, ROOT) };
}

/** What `/hits` tells by its query: a history, a part of the pages, or as by any other the total alone. */
async function tell(hits: Hits, query: string): Promise<object> {
  if (query === "?by=hour" || query === "?by=day") {
    return hits.history(query === "?by=hour" ? "hour" : "day");
  }
  const pages = /^\?pages(?:&cursor=(\d{1,20}))?$/.exec(query);
  return pages ? hits.pages(pages[1]) : { hits: await hits.total() };
}

const HEAD_IN_WORDS: Answer = { code: 200, type: TEXT, body: "", headers: FRESH };
const UP: Answer = { code: 200, type: JSON_TYPE, body: '{"status":"UP"}' };
const STOPPING: Answer = { code: 503, type: JSON_TYPE, body: '{"status":"STOPPING"}' };
const NO_ROOM: Answer = {
  code: 404,
  type: TEXT,
  body: "As many pages are counted apart as may be, and this is none of them.\n",
};
