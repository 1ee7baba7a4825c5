import { setImmediate } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { Agent, type Dispatcher, ProxyAgent } from "undici";
import { ApiError } from "./apiError.ts";
import type { Access, Credentials } from "./credentials.ts";
import { type Answer, type ExchangeOptions, exchange } from "./exchange.ts";

export type HttpMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Parameters of a path; undefined ones are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface TransportRequest extends ExchangeOptions {
  readonly query?: Query;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sends requests to one API server over connections that are kept and shared. */
export type Transport = ReturnType<typeof createTransport>;

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
export function createTransport(credentials: Credentials, options: TransportOptions) {
  const { userAgent, onAnswer = () => {} } = options;
  let agents: Agents | undefined;

  const retireAgents = () => {
    // Requests under way on the old connections still end there.
    for (const agent of [agents?.requests, agents?.watches]) agent?.close().catch(() => {});
    agents = undefined;
  };

  const agentsFor = (access: Access): Agents => {
    if (agents !== undefined && sameConnection(agents.access, access)) return agents;
    retireAgents();
    const made = { access, requests: agentFor(access, CONNECTIONS), watches: agentFor(access) };
    // Where one connection fell silent, a router has most likely forgotten them all. Those that idle would each hold
    // up a further request; so what comes next gets new ones.
    const onDisconnect = (_origin: URL, _targets: unknown, error: Error & { code?: string }) => {
      if (agents === made && SILENCE_CODES.has(error.code ?? "")) retireAgents();
    };
    made.requests.on("disconnect", onDisconnect);
    made.watches.on("disconnect", onDisconnect);
    agents = made;
    return made;
  };

  /** Asks with the access that holds now, and once more with a new one where that is refused. */
  const send = async <A extends { readonly status: number }>(
    pool: "requests" | "watches",
    method: HttpMethod,
    path: string,
    request: TransportRequest,
    ask: (to: Dispatcher, made: Dispatcher.DispatchOptions, request: TransportRequest) => Promise<A>,
  ): Promise<A> => {
    const { query, headers, body } = request;
    for (let attempt = 1; ; attempt += 1) {
      const access = await credentials.access();
      const base = new URL(access.server);
      const made = {
        origin: base.origin,
        path: `${base.pathname.replace(/\/$/, "")}${path}${queryString(query)}`,
        method,
        headers: { accept: "application/json", "user-agent": userAgent, ...access.headers, ...headers },
        body: body ?? null,
        headersTimeout: ANSWER_MS,
        bodyTimeout: ANSWER_MS,
      };
      const asked = ask(agentsFor(access)[pool], made, request);
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
    /** Throws an Error naming the request when no whole answer came in time. */
    request: async (method: HttpMethod, path: string, request: TransportRequest = {}): Promise<Answer> => {
      try {
        return await send("requests", method, path, request, exchange);
      } catch (error) {
        throw new Error(`${method} ${path}`, { cause: error });
      }
    },

    /** The lines of a streamed answer as they come; throws ApiError when refused, an Error after `silenceMs` without a byte. */
    async *lines(
      path: string,
      { query, silenceMs, signal }: { query: Query; silenceMs: number; signal: AbortSignal },
    ): AsyncIterable<string> {
      const { body, refusal } = await send("watches", "GET", path, { query }, async (dispatcher, made) => {
        const opened = await dispatcher.request({ ...made, bodyTimeout: silenceMs, signal });
        const { statusCode: status, headers, body } = opened;
        if (status < 300) return { status, body, refusal: undefined };
        const retryAfter = [headers["retry-after"]].flat()[0];
        return { status, body, refusal: ApiError.of(status, await body.text(), retryAfter) };
      });
      if (refusal !== undefined) throw refusal;
      let rest = "";
      body.setEncoding("utf8");
      for await (const chunk of body) {
        const parts = `${rest}${chunk}`.split("\n");
        rest = parts.pop() ?? "";
        yield* parts.filter((line) => line !== "");
      }
      // The connection takes another request from the next turn on; at once, the next watch would open one more.
      await setImmediate();
    },

    close: async (): Promise<void> => {
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

function sameConnection(one: Access, other: Access): boolean {
  return one.proxy === other.proxy && isDeepStrictEqual(one.tls, other.tls);
}

function queryString(query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value = ""] of Object.entries(query)) {
    if (value !== "") parameters.set(name, String(value));
  }
  return parameters.size === 0 ? "" : `?${parameters}`;
}
