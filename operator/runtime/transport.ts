import { setImmediate } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { Agent, type Dispatcher, ProxyAgent } from "undici";
import { ApiError } from "./apiError.ts";
import type { Access, Credentials } from "./credentials.ts";
import { type Answer, exchange } from "./exchange.ts";

export type HttpMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Parameters of a path; undefined ones are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface TransportRequest {
  readonly query?: Query;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
  /** Called at the last moment before the request is sent; what it throws fails the request instead. */
  readonly beforeSend?: () => void;
}

export interface RawResponse {
  readonly status: number;
  /** By lower-case names; of those that were sent more than once, the first. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** Sends requests to one API server over connections that are kept and shared. */
export interface Transport {
  /** Throws an Error naming the request when no whole answer came in time. */
  request(method: HttpMethod, path: string, request: TransportRequest): Promise<RawResponse>;
  /** The lines of a streamed answer as they come; throws ApiError when refused, an Error after `silenceMs` without a byte. */
  lines(
    path: string,
    stream: { readonly query: Query; readonly silenceMs: number; readonly signal: AbortSignal },
  ): AsyncIterable<string>;
  close(): Promise<void>;
}

export interface TransportOptions {
  readonly userAgent: string;
  /** Told the status of each answer, or "<error>" where none came. */
  readonly onAnswer?: (method: HttpMethod, code: string, host: string) => void;
}

const CONNECT_MS = 10_000;
// Longer than the 10 s that an admission webhook may take, and as short as that allows: a request on a connection
// that silently died is held up for all of it.
const ANSWER_MS = 15_000;
/** What undici calls a connection that was closed because nothing came. */
const SILENCE_CODES = new Set(["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"]);
// An API server closes a connection that was idle for 90 s; ours must go first.
const IDLE_MS = 60_000;
/** Requests at once; further ones wait. Watches have connections of their own, as each holds one for good. */
const CONNECTIONS = 10;

interface Agents {
  readonly access: Access;
  readonly requests: Dispatcher;
  readonly watches: Dispatcher;
}

/** A transport on undici, with one pool of connections for requests and one for watches. */
export function createTransport(credentials: Credentials, options: TransportOptions): Transport {
  const { userAgent, onAnswer = () => {} } = options;
  let agents: Agents | undefined;

  const agentsFor = (access: Access): Agents => {
    if (agents === undefined || !sameConnection(agents.access, access)) {
      // Requests under way on the old connections still end there.
      closeAgents(agents);
      agents = { access, requests: agentFor(access, CONNECTIONS), watches: agentFor(access) };
      replaceOnSilence(agents);
    }
    return agents;
  };

  // Where one connection fell silent, a router has most likely forgotten them all. Those that idle would each hold
  // up a further request; so what comes next gets new ones.
  const replaceOnSilence = (made: Agents) => {
    const onDisconnect = (_origin: URL, _targets: unknown, error: Error & { code?: string }) => {
      if (agents === made && SILENCE_CODES.has(error.code ?? "")) {
        closeAgents(made);
        agents = undefined;
      }
    };
    made.requests.on("disconnect", onDisconnect);
    made.watches.on("disconnect", onDisconnect);
  };

  /** Asks with the access that holds now, and once more with a new one where that is refused. */
  const send = async <A extends { readonly status: number }>(
    pool: "requests" | "watches",
    method: HttpMethod,
    path: string,
    { query, headers, body }: Pick<TransportRequest, "query" | "headers" | "body">,
    ask: (dispatcher: Dispatcher, request: Dispatcher.DispatchOptions) => Promise<A>,
  ): Promise<A> => {
    for (let attempt = 1; ; attempt += 1) {
      const access = await credentials.access();
      const base = new URL(access.server);
      const asked = ask(agentsFor(access)[pool], {
        origin: base.origin,
        path: `${base.pathname.replace(/\/$/, "")}${path}${queryString(query)}`,
        method,
        headers: { accept: "application/json", "user-agent": userAgent, ...access.headers, ...headers },
        body: body ?? null,
        headersTimeout: ANSWER_MS,
        bodyTimeout: ANSWER_MS,
      });
      asked.then(
        ({ status }) => onAnswer(method, String(status), base.host),
        () => onAnswer(method, "<error>", base.host),
      );
      const answer = await asked;
      // An expired token: whatever was asked did not happen, so it can be asked again with a new one.
      if (answer.status !== 401 || attempt > 1) return answer;
      credentials.refused(access);
    }
  };

  return {
    request: async (method, path, request) => {
      try {
        const { status, headers, body } = await send("requests", method, path, request, (dispatcher, made) =>
          exchange(dispatcher, made, request),
        );
        return { status, headers: firstOfEach(headers), body };
      } catch (error) {
        throw new Error(`${method} ${path}`, { cause: error });
      }
    },

    async *lines(path, { query, silenceMs, signal }) {
      const response = await send("watches", "GET", path, { query }, async (dispatcher, made) => {
        const opened = await dispatcher.request({ ...made, bodyTimeout: silenceMs, signal });
        const { statusCode: status, headers, body } = opened;
        return { status, headers, body, refusal: status >= 300 ? await body.text() : "" };
      });
      if (response.status >= 300) {
        const retryAfter = firstOfEach(response.headers)["retry-after"];
        throw ApiError.of(response.status, response.refusal, retryAfter);
      }
      let rest = "";
      response.body.setEncoding("utf8");
      for await (const chunk of response.body) {
        const parts = `${rest}${chunk}`.split("\n");
        rest = parts.pop() ?? "";
        yield* parts.filter((line) => line !== "");
      }
      // The connection takes another request from the next turn on; at once, the next watch would open one more.
      await setImmediate();
    },

    close: async () => {
      await Promise.all([agents?.requests.destroy(), agents?.watches.destroy()]);
      agents = undefined;
    },
  };
}

function agentFor({ proxy, tls }: Access, connections: number | null = null): Dispatcher {
  const connect = { ...tls, timeout: CONNECT_MS, keepAlive: true, keepAliveInitialDelay: 30_000 };
  // HTTP/1.1: one connection that falls silent then holds up one request, not all of them.
  const options = { connections, keepAliveTimeout: IDLE_MS, allowH2: false };
  return proxy === undefined
    ? new Agent({ ...options, connect })
    : new ProxyAgent({ ...options, uri: proxy, requestTls: connect });
}

function firstOfEach(headers: Answer["headers"]): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  );
}

function sameConnection(one: Access, other: Access): boolean {
  return one.proxy === other.proxy && isDeepStrictEqual(one.tls, other.tls);
}

function closeAgents(agents: Agents | undefined): void {
  for (const agent of [agents?.requests, agents?.watches]) {
    agent?.close().catch(() => {});
  }
}

function queryString(query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") {
      parameters.set(name, String(value));
    }
  }
  return parameters.size === 0 ? "" : `?${parameters}`;
}
