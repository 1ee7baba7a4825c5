import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer as createHttpsServer, Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pipeline, Transform } from "node:stream";
import type { ApiServer } from "./apiServer.ts";

/** A request as the proxy saw it. */
export interface ProxiedRequest {
  readonly kind: "watch" | "list" | "get" | "write";
  readonly method: string;
  /** Without its query. */
  readonly path: string;
}

/** What is answered in the API server's place: a status, or a watch that begins and has but an ERROR event. */
export interface FaultAnswer {
  readonly code: number;
  readonly reason: string;
  /** In an event of a watch that was let in, instead of in the answer's status. */
  readonly asEvent?: boolean;
  readonly headers?: Record<string, string>;
}

/** A proxy on loopback in front of a real API server, which does what networks and servers do when they fail. */
export interface FaultProxy {
  /** Path of a kubeconfig for the API server by way of this proxy, with a token that only the proxy knows. */
  readonly kubeconfig: string;
  /** Every request that arrived, the refused ones too. */
  readonly requests: readonly ProxiedRequest[];
  /** Connections that were ever opened. */
  readonly connections: number;
  /** Asked before each request is passed on; what it returns is the answer, undefined passes it on. */
  fault: (request: ProxiedRequest) => FaultAnswer | undefined | Promise<FaultAnswer | undefined>;
  /** Told of each answer before it goes back to who asked; it waits until the promise is settled. */
  answered: (request: ProxiedRequest, status: number) => Promise<void> | undefined;
  /** By how many milliseconds what an answer has to say comes later, such as each event of a watch. */
  lagMs: (request: ProxiedRequest) => number;
  /** Resets every connection in the middle of whatever it does. */
  resetConnections(): void;
  /** From now on every byte on these connections vanishes, for good, and none is closed. */
  silenceConnections(): void;
  /** While true, connections are accepted and silent for good from their first byte on. */
  silent: boolean;
  /** Refuses the kubeconfig's token from now on. */
  expireToken(): void;
  /** Writes a kubeconfig with a token that is accepted. */
  renewToken(): Promise<void>;
  close(): Promise<void>;
}

interface Link {
  readonly client: Socket;
  silent: boolean;
}

/** Starts a proxy that passes everything on. */
export async function startFaultProxy(api: ApiServer): Promise<FaultProxy> {
  const certificates = join(dirname(api.kubeconfig), "certificates");
  const cert = await readFile(join(certificates, "apiserver.crt"));
  const key = await readFile(join(certificates, "apiserver.key"));
  const folder = await mkdtemp(join(tmpdir(), "hitcounter-fault-proxy-"));
  const agent = new HttpsAgent({ ca: cert, keepAlive: true });
  const requests: ProxiedRequest[] = [];
  const links = new Set<Link>();
  let connections = 0;
  let token = randomBytes(16).toString("hex");

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const seen = requestOf(request);
    requests.push(seen);
    const fault =
      request.headers.authorization === `Bearer ${token}`
        ? await proxy.fault(seen)
        : { code: 401, reason: "Unauthorized" };
    if (fault !== undefined) {
      request.resume();
      refuse(response, fault);
      return;
    }
    const headers = { ...request.headers, authorization: `Bearer ${api.token}` };
    const { method } = request;
    const outgoing = httpsRequest(`${api.server}${request.url}`, { agent, method, headers }, (incoming) => {
      const status = incoming.statusCode ?? 502;
      const passBack = () => {
        response.writeHead(status, incoming.headers).flushHeaders();
        pipeline(incoming, later(proxy.lagMs(seen)), response, () => {});
      };
      const held = proxy.answered(seen, status);
      if (held === undefined) passBack();
      else void held.then(passBack);
    });
    // An API server that is away, or goes away in the middle: so does the connection to it.
    outgoing.on("error", () => request.socket.destroy());
    response.once("close", () => response.writableFinished || outgoing.destroy());
    request.pipe(outgoing);
  };

  // The bytes pass a socket that knows nothing of TLS, where they can be lost without either end noticing.
  const inner = createHttpsServer({ cert, key, keepAliveTimeout: 90_000 }, (...each) => void answer(...each));
  const innerPort = await listen(inner);
  const outer = createServer((client) => {
    connections += 1;
    const link: Link = { client, silent: proxy.silent };
    links.add(link);
    const server = connect(innerPort, "127.0.0.1");
    client.on("data", (bytes) => link.silent || server.write(bytes));
    server.on("data", (bytes) => link.silent || client.write(bytes));
    for (const socket of [client, server]) socket.on("error", () => {}); // "close" follows
    server.once("close", () => link.silent || client.destroy());
    client.once("close", () => {
      links.delete(link);
      server.destroy();
    });
  });
  const port = await listen(outer);

  const writeKubeconfig = async () => {
    const text = await readFile(api.kubeconfig, "utf8");
    const changed = text.replaceAll(api.server, `https://127.0.0.1:${port}`).replaceAll(api.token, token);
    await writeFile(proxy.kubeconfig, changed, { mode: 0o600 });
  };

  const proxy: FaultProxy = {
    kubeconfig: join(folder, "kubeconfig"),
    requests,
    get connections() {
      return connections;
    },
    fault: () => undefined,
    answered: () => undefined,
    lagMs: () => 0,
    resetConnections: () => {
      for (const { client } of links) client.resetAndDestroy();
    },
    silenceConnections: () => {
      for (const link of links) link.silent = true;
    },
    silent: false,
    expireToken: () => {
      token = randomBytes(16).toString("hex");
    },
    renewToken: writeKubeconfig,
    close: async () => {
      agent.destroy();
      for (const { client } of links) client.destroy();
      inner.closeAllConnections();
      for (const server of [outer, inner]) await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true });
    },
  };
  await writeKubeconfig();
  return proxy;
}

function requestOf({ url = "/", method = "GET" }: IncomingMessage): ProxiedRequest {
  const { pathname, searchParams } = new URL(url, "https://127.0.0.1");
  const isCollection = /\/(namespaces\/[^/]+|v[^/]+)\/[a-z]+$/.test(pathname);
  const reads = isCollection ? "list" : "get";
  const kind = searchParams.get("watch") === "true" ? "watch" : method === "GET" ? reads : "write";
  return { kind, method, path: pathname };
}

/** Hands everything on in its order, each so much later. */
function later(ms: number): Transform {
  return new Transform({
    transform(bytes, _encoding, done) {
      if (ms === 0) return done(null, bytes);
      setTimeout(() => this.push(bytes), ms);
      done();
    },
    flush: (done) => void setTimeout(done, ms),
  });
}

function refuse(
  response: ServerResponse,
  { code, reason, asEvent = false, headers = {} }: FaultAnswer,
): void {
  const status = { kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message: "a fault" };
  const body = asEvent ? `${JSON.stringify({ type: "ERROR", object: status })}\n` : JSON.stringify(status);
  response.writeHead(asEvent ? 200 : code, { "content-type": "application/json", ...headers }).end(body);
}

const listen = (server: Server) =>
  new Promise<number>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
