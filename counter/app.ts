import express, { type ErrorRequestHandler, type Express, type Request, type Response } from "express";
import { validId } from "./batch.ts";
import { counterPaths, goneBackHeader, hitsPlaceholder, requestHeaders, versionHeader } from "./contract.ts";
import { type Hits, Unavailable } from "./hits.ts";
import type { Log } from "./logger.ts";
import type { Metrics } from "./metrics.ts";

/** What the web app needs. */
export interface AppOptions {
  hits: Hits;
  metrics: Metrics;
  log: Log;
  message: string;
  version: string;
  /** True from the moment the process was told to stop. */
  stopping: () => boolean;
  /** Told of each request that counts, as it arrives. */
  onVisit?: () => void;
  /** Milliseconds, for durations. */
  now: () => number;
}

interface Answer {
  code: number;
  type: string;
  body: string;
  /** Further headers: a name, its value, and so on. */
  headers?: readonly string[];
}

/** A request, and when it arrived. */
interface Arrived extends Request {
  arrivedAt?: number;
}

const TEXT = "text/plain; charset=utf-8";
const JSON_TYPE = "application/json; charset=utf-8";
const FRESH = ["Cache-Control", "no-store"];
/** Seconds after which a client that got 503 should ask again. */
const RETRY_AFTER = "1";
const NONE: readonly string[] = [];

const { root, health, ready, hits: hitsPath, metrics: metricsPath } = counterPaths;
// Node.js has the names of headers in lower case.
const idHeader = requestHeaders.id.toLowerCase();
const retryHeader = requestHeaders.retry.toLowerCase();
const dryRunHeader = requestHeaders.dryRun.toLowerCase();
const known: ReadonlySet<string> = new Set(Object.values(counterPaths));

/** The counter's web app: a GET of `/` counts, nothing else does. */
export function createApp(options: AppOptions): Express {
  const { hits, metrics, log, message, version, stopping, onVisit = () => {}, now } = options;
  const sentence = `${message}\n`.split(hitsPlaceholder);

  const arrive = (request: Arrived) => {
    request.arrivedAt = now();
  };

  const send = (request: Arrived, response: Response, { code, type, body, headers = NONE }: Answer) => {
    if (response.headersSent || response.destroyed) {
      return;
    }
    const bytes = Buffer.byteLength(body);
    const head = [versionHeader, version, "Content-Type", type, "Content-Length", `${bytes}`, ...headers];
    // A stopping process asks its clients to connect anew, so that they find another one.
    if (stopping()) {
      head.push("Connection", "close");
    }
    response.writeHead(code, head);
    // What is ASCII is the same bytes in Latin-1, which Node.js writes quicker.
    const encoding = bytes === body.length ? "latin1" : "utf8";
    response.end(request.method === "HEAD" ? "" : body, encoding);
    const path = known.has(request.path) ? request.path : "other";
    metrics.answered(path, code, (now() - (request.arrivedAt ?? now())) / 1000);
  };

  const unavailable = (request: Request, response: Response, error: unknown) => {
    if (!(error instanceof Unavailable)) {
      throw error;
    }
    metrics.unavailable(error.reason);
    const body = `${error.message} Please try again.\n`;
    send(request, response, {
      code: 503,
      type: TEXT,
      body,
      headers: [
        ...FRESH,
        "Retry-After",
        RETRY_AFTER,
        ...(error.goneBack ? [goneBackHeader, `${error.goneBack.from} ${error.goneBack.to}`] : []),
      ],
    });
  };

  const count = async (request: Request, response: Response) => {
    arrive(request);
    const { headers } = request;
    const wanted = () => !request.socket.destroyed;
    try {
      let number: number;
      if (headers[dryRunHeader] === "true") {
        number = await hits.dryRun(wanted);
      } else {
        onVisit();
        const id = validId(headers[idHeader] as string | undefined);
        number = await hits.next(wanted, { id, retry: headers[retryHeader] === "1" });
        metrics.hit();
      }
      send(request, response, { code: 200, type: TEXT, body: sentence.join(`${number}`), headers: FRESH });
    } catch (error) {
      unavailable(request, response, error);
    }
  };

  const tellTotal = async (request: Request, response: Response) => {
    try {
      const body = JSON.stringify({ hits: await hits.total() });
      send(request, response, { code: 200, type: JSON_TYPE, body, headers: FRESH });
    } catch (error) {
      unavailable(request, response, error);
    }
  };

  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.enable("strict routing"); // `/hits/` and `/HITS` are other paths
  app.enable("case sensitive routing");

  // First what is asked for most: what stands before it in the way costs each hit.
  app
    .route(root)
    .get(count)
    .head((request, response) => {
      arrive(request);
      send(request, response, { code: 200, type: TEXT, body: "", headers: FRESH });
    });
  app.use((request, _response, next) => {
    arrive(request);
    next();
  });
  app
    .route(health)
    .get((request, response) => send(request, response, { code: 200, type: JSON_TYPE, body: UP }));
  app
    .route(ready)
    .get((request, response) =>
      send(
        request,
        response,
        stopping()
          ? { code: 503, type: JSON_TYPE, body: '{"status":"STOPPING"}' }
          : { code: 200, type: JSON_TYPE, body: UP },
      ),
    );
  app.route(hitsPath).get(tellTotal);
  app.route(metricsPath).get(async (request, response) => {
    const body = await metrics.registry.metrics();
    send(request, response, { code: 200, type: metrics.registry.contentType, body });
  });

  app.use((request, response) => {
    if (known.has(request.path)) {
      const headers = ["Allow", "GET, HEAD"];
      send(request, response, { code: 405, type: TEXT, body: "Only GET works here.\n", headers });
    } else {
      send(request, response, { code: 404, type: TEXT, body: "There is nothing here.\n" });
    }
  });
  const onError: ErrorRequestHandler = (error, request, response, _next) => {
    log("error", "A request failed", { error, method: request.method, path: request.path });
    send(request, response, { code: 500, type: TEXT, body: "Something went wrong here.\n" });
  };
  app.use(onError);
  return app;
}

const UP = '{"status":"UP"}';
