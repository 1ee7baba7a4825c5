import type { IncomingMessage } from "node:http";
import { goneBackHeader, versionHeader } from "./contract.ts";
import type { Metrics } from "./metrics.ts";
import type { Unavailable } from "./unavailable.ts";

/** What has to be known of a request. */
export interface Asked extends Pick<IncomingMessage, "method" | "url" | "headers"> {
  readonly socket: { readonly destroyed: boolean };
  /** When it arrived. */
  arrivedAt?: number;
}

/** By what it is answered: Node.js's own response can do it, and more. */
export interface Answering {
  readonly headersSent: boolean;
  readonly destroyed: boolean;
  /** Headers are a name, its value, and so on. */
  writeHead(code: number, headers: string[]): unknown;
  end(body: string, encoding: BufferEncoding): unknown;
}

/** What a request is answered with. */
export interface Answer {
  code: number;
  type: string;
  body: string;
  /** Further headers: a name, its value, and so on. */
  headers?: readonly string[];
}

/** Types of answers. */
export const TEXT = "text/plain; charset=utf-8";
export const JSON_TYPE = "application/json; charset=utf-8";
export const HTML = "text/html; charset=utf-8";
/** The headers of what is another thing each time. */
export const FRESH: readonly string[] = ["Cache-Control", "no-store"];
/** Those of what can also be had in another form. */
export const NEGOTIATED: readonly string[] = [...FRESH, "Vary", "Accept"];

/** Seconds after which a client that got 503 should ask again. */
const RETRY_AFTER = "1";
const NONE: readonly string[] = [];

/** What answering needs. */
export interface AnswersOptions {
  metrics: Metrics;
  version: string;
  /** True from the moment the process was told to stop. */
  stopping: () => boolean;
  /** Milliseconds, for durations. */
  now: () => number;
}

/** How requests are answered, by whoever took them. */
export interface Answers {
  /** Notes when a request arrived. */
  arrive(request: Asked): void;
  /** Answers it, unless that was done; `path` is what metrics call it. */
  send(path: string, request: Asked, response: Answering, answer: Answer): void;
  /** Answers that there is no number, in words or as `shown`. */
  unavailable(path: string, request: Asked, response: Answering, error: Unavailable, shown?: Answer): void;
}

/** Answers requests by the means of Node.js alone, so that it is the same before Express and behind it. */
export function createAnswers({ metrics, version, stopping, now }: AnswersOptions): Answers {
  const send: Answers["send"] = (path, request, response, { code, type, body, headers = NONE }) => {
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
    metrics.answered(path, code, (now() - (request.arrivedAt ?? now())) / 1000);
  };

  return {
    arrive(request) {
      request.arrivedAt = now();
    },
    send,
    unavailable(path, request, response, { reason, message, goneBack }, shown) {
      metrics.unavailable(reason);
      const told = goneBack ? [goneBackHeader, `${goneBack.from} ${goneBack.to}`] : NONE;
      const inWords = { code: 503, type: TEXT, body: `${message} Please try again.\n`, headers: FRESH };
      const { headers = NONE, ...answer } = shown ?? inWords;
      send(path, request, response, {
        ...answer,
        headers: [...headers, "Retry-After", RETRY_AFTER, ...told],
      });
    },
  };
}
