import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import express, { type ErrorRequestHandler, type Request, type Response } from "express";
import { type Answer, type AnswersOptions, createAnswers, FRESH, JSON_TYPE, TEXT } from "./answers.ts";
import { validId } from "./batch.ts";
import { counterPaths, hitsPlaceholder, requestHeaders, showQuery } from "./contract.ts";
import { type Hits, Unavailable } from "./hits.ts";
import type { Log } from "./logger.ts";

/** What the web app needs. */
export interface AppOptions extends AnswersOptions {
  hits: Hits;
  log: Log;
  message: string;
  /** Told of each request that counts, as it arrives. */
  onVisit?: () => void;
}

const { root, health, ready, hits: hitsPath, metrics: metricsPath } = counterPaths;
// Node.js has the names of headers in lower case.
const idHeader = requestHeaders.id.toLowerCase();
const retryHeader = requestHeaders.retry.toLowerCase();
const dryRunHeader = requestHeaders.dryRun.toLowerCase();
const known: ReadonlySet<string> = new Set(Object.values(counterPaths));

/**
 * The counter's web app: a GET of `/` counts, nothing else does. That one is answered before Express is entered, which
 * would cost each hit; everything else is Express's, a hit that is written otherwise too.
 */
export function createApp(options: AppOptions): RequestListener {
  const { hits, metrics, log, message, stopping, onVisit = () => {} } = options;
  const { arrive, send, unavailable } = createAnswers(options);
  const sentence = `${message}\n`.split(hitsPlaceholder);

  const failed = (path: string, request: IncomingMessage, response: ServerResponse, error: unknown) => {
    if (error instanceof Unavailable) {
      unavailable(path, request, response, error);
      return;
    }
    log("error", "A request failed", { error, method: request.method, path });
    send(path, request, response, { code: 500, type: TEXT, body: "Something went wrong here.\n" });
  };

  const numberFor = async (request: IncomingMessage) => {
    const { headers, socket, url = "" } = request;
    const wanted = () => !socket.destroyed;
    if (headers[dryRunHeader] === "true") {
      return hits.dryRun(wanted);
    }
    if (isShow(url)) {
      return hits.total();
    }
    onVisit();
    const id = validId(headers[idHeader] as string | undefined);
    const number = await hits.next(wanted, { id, retry: headers[retryHeader] === "1" });
    metrics.hit();
    return number;
  };
  const count = async (request: IncomingMessage, response: ServerResponse) => {
    arrive(request);
    try {
      const body = sentence.join(`${await numberFor(request)}`);
      send(root, request, response, { code: 200, type: TEXT, body, headers: FRESH });
    } catch (error) {
      failed(root, request, response, error);
    }
  };

  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.enable("strict routing"); // `/hits/` and `/HITS` are other paths
  app.enable("case sensitive routing");

  /** Answers a GET of this path, or a HEAD, by what `answer` gives. */
  const get = (path: string, answer: () => Answer | Promise<Answer>) =>
    app.route(path).get(async (request, response) => {
      arrive(request);
      try {
        send(path, request, response, await answer());
      } catch (error) {
        failed(path, request, response, error);
      }
    });

  app
    .route(root)
    .get(count)
    .head((request, response) => {
      arrive(request);
      send(root, request, response, { code: 200, type: TEXT, body: "", headers: FRESH });
    });
  get(health, () => UP);
  get(ready, () => (stopping() ? STOPPING : UP));
  get(hitsPath, async () => {
    const body = JSON.stringify({ hits: await hits.total() });
    return { code: 200, type: JSON_TYPE, body, headers: FRESH };
  });
  get(metricsPath, async () => {
    const body = await metrics.registry.metrics();
    return { code: 200, type: metrics.registry.contentType, body };
  });

  app.use((request: Request, response: Response) => {
    arrive(request);
    if (known.has(request.path)) {
      const headers = ["Allow", "GET, HEAD"];
      const body = "Only GET works here.\n";
      send(request.path, request, response, { code: 405, type: TEXT, body, headers });
    } else {
      send(OTHER, request, response, { code: 404, type: TEXT, body: "There is nothing here.\n" });
    }
  });
  const onError: ErrorRequestHandler = (error, request, response, _next) =>
    failed(known.has(request.path) ? request.path : OTHER, request, response, error);
  app.use(onError);

  return (request, response) => {
    if (request.url === root && request.method === "GET") {
      void count(request, response);
    } else {
      app(request, response);
    }
  };
}

/** Whether a URL asks to show what a hit would move, and to count none. */
const isShow = (url: string) => url.endsWith(showQuery) && url.indexOf("?") === url.length - showQuery.length;

const UP: Answer = { code: 200, type: JSON_TYPE, body: '{"status":"UP"}' };
const STOPPING: Answer = { code: 503, type: JSON_TYPE, body: '{"status":"STOPPING"}' };
/** What metrics call a path that is none of the counter's. */
const OTHER = "other";
