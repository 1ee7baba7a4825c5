import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type App, type AppOptions, createApp } from "../app.ts";
import { requestHeaders } from "../contract.ts";
import type { Hits } from "../hits.ts";
import { createMetrics } from "../metrics.ts";
import { CounterServer } from "../server.ts";

/** The web app on a loopback port, with hits that it only adds up, of two pages at most. */
export interface ServedApp {
  server: Server;
  port: number;
  ask(path: string, init?: RequestInit): Promise<Response>;
  /** The `msg` of each line it logged. */
  logged: string[];
  count(): number;
  close(): Promise<void>;
}

const asPageAsks = { accept: "application/json" };

/** Requests that count nothing, and so are no visits: what each is, and how it is asked. */
export const notVisits: readonly [what: string, path: string, init: RequestInit][] = [
  ["a dry run", "/", { headers: { [requestHeaders.dryRun]: "true" } }],
  ["a look at the number", "/?count=false", {}],
  ["a look at a page's", "/p/about?count=false", {}],
  ["a look by a badge", "/badge.svg?label=a&count=false", {}],
  ["the head of a badge", "/p/about/badge.svg", { method: "HEAD" }],
  ["a badge that can't be", "/badge.svg?colour=red", {}],
  ["the head of a page", "/p/about", { method: "HEAD" }],
  ["the head of /", "/", { method: "HEAD" }],
  ["what may not be done", "/", { method: "POST" }],
  ["a look at the number, as a page", "/?count=false", { headers: { accept: "text/html" } }],
  ["the number of a page, as it asks itself", "/p/about?count=false", { headers: asPageAsks }],
  ["the total, as a page asks", "/hits", { headers: asPageAsks }],
  ["the total", "/hits", {}],
  ["the history", "/hits?by=day", {}],
  ["the pages", "/hits?pages", {}],
  ["the visitors", "/hits?visitors", {}],
  ["its health", "/health", {}],
  ["its readiness", "/ready", {}],
  ["its metrics", "/metrics", {}],
  ["what is not there", "/favicon.ico", {}],
];

/** Serves the web app; `hits` and `more` are in place of what it has by itself, and `serve` makes its server. */
export async function serveApp(
  hits: Partial<Hits> = {},
  more: Partial<AppOptions> = {},
  serve: (app: App) => Server = (app) => new CounterServer(app),
): Promise<ServedApp> {
  let count = 0;
  const pages = new Map<string, number>();
  const logged: string[] = [];
  const all: Hits = {
    next: async (_wanted, { page } = {}) => {
      if (page === undefined) return ++count;
      if (pages.size === 2 && !pages.has(page)) return 0;
      count += 1;
      pages.set(page, (pages.get(page) ?? 0) + 1);
      return pages.get(page) ?? 0;
    },
    total: async () => count,
    page: async (page) => (pages.size < 2 ? (pages.get(page) ?? 0) : pages.get(page)),
    pages: async () => ({
      hits: count,
      pages: [...pages].map(([page, hits]) => ({ page, hits })),
      cursor: "17",
    }),
    history: async (by) => ({ hits: count, by, counts: [], earlier: 0, unattributed: count }),
    visitors: async () => undefined,
    dryRun: async () => count,
    goneBack: () => false,
    waiting: () => 0,
    longestWait: () => 0,
    ...hits,
  };
  const metrics = createMetrics({
    version: "1.0.0",
    waiting: all.waiting,
    longestWait: all.longestWait,
    redisReady: () => true,
    goneBack: () => false,
    processMetrics: false,
  });
  const app = createApp({
    hits: all,
    metrics,
    maxPages: 2,
    log: (_level, msg) => void logged.push(msg),
    message: "Holla! we have hit {hits} times",
    version: "1.0.0",
    stopping: () => false,
    now: () => 0,
    ...more,
  });
  const server = serve(app);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    server,
    port,
    ask: (path, init = {}) => fetch(`http://127.0.0.1:${port}${path}`, init),
    logged,
    count: () => count,
    close: () => new Promise((done) => void server.close(() => done()).closeAllConnections()),
  };
}
