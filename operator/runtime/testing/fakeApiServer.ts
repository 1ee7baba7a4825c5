import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { KubeObject } from "../objects.ts";

/** A request the server got. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<IncomingMessage["headers"]>;
  readonly body: string;
}

/** Instead of an answer: a status, a broken connection, or silence. */
export type Fault =
  | { readonly status: number; readonly body?: string; readonly headers?: Record<string, string> }
  | "reset"
  | "hang";

interface Change {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly path: string;
  readonly object: KubeObject;
  readonly version: number;
}

interface OpenWatch {
  readonly collection: string;
  readonly selector: string | undefined;
  readonly response: ServerResponse;
}

/** As much of an API server, in memory and on loopback, as tests of clients and watchers need. */
export class FakeApiServer {
  readonly requests: SeenRequest[] = [];
  /** Asked before each request is answered. */
  fault: (request: SeenRequest) => Fault | undefined = () => undefined;
  /** A page of a list is no longer than this, whatever its limit. */
  pageSize = Number.POSITIVE_INFINITY;
  /** How many connections were ever opened. */
  connections = 0;
  readonly #objects = new Map<string, KubeObject>();
  readonly #sockets = new Set<Socket>();
  readonly #watches = new Set<OpenWatch>();
  #history: Change[] = [];
  #version = 100;
  #oldest = 0;
  readonly #server = createServer((request, response) => void this.#receive(request, response));

  /** Listens on a free port of loopback. */
  static async start(): Promise<FakeApiServer> {
    const fake = new FakeApiServer();
    fake.#server.on("connection", (socket) => {
      fake.connections += 1;
      fake.#sockets.add(socket);
      socket.once("close", () => fake.#sockets.delete(socket));
    });
    await new Promise<void>((resolve) => fake.#server.listen(0, "127.0.0.1", resolve));
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get openWatches(): number {
    return this.#watches.size;
  }

  /** Makes or changes an object, as another client would; the collection is such as `/api/v1/namespaces/demo/configmaps`. */
  put(collection: string, object: KubeObject): KubeObject {
    const path = `${collection}/${object.metadata?.name}`;
    const type = this.#objects.has(path) ? "MODIFIED" : "ADDED";
    this.#version += 1;
    const metadata = {
      uid: this.#objects.get(path)?.metadata?.uid ?? `uid-${this.#version}`,
      ...object.metadata,
      resourceVersion: `${this.#version}`,
    };
    const stored = { ...object, metadata };
    this.#objects.set(path, stored);
    this.#tell({ type, path, object: stored, version: this.#version });
    return stored;
  }

  /** Deletes an object; returns whether there was one. */
  remove(path: string): boolean {
    const object = this.#objects.get(path);
    if (object === undefined) {
      return false;
    }
    this.#version += 1;
    const last = { ...object, metadata: { ...object.metadata, resourceVersion: `${this.#version}` } };
    this.#objects.delete(path);
    this.#tell({ type: "DELETED", path, object: last, version: this.#version });
    return true;
  }

  /** Forgets all changes so far: a watch from before now gets 410. */
  compact(): void {
    this.#version += 1;
    this.#history = [];
    this.#oldest = this.#version;
  }

  /** Sends a line to every open watch. */
  sendToWatches(line: object): void {
    for (const { response } of this.#watches) {
      response.write(`${JSON.stringify(line)}\n`);
    }
  }

  /** Ends every open watch, as the server does when their time is up. */
  endWatches(): void {
    for (const { response } of this.#watches) {
      response.end();
    }
  }

  /** Breaks every connection in the middle of whatever it does. */
  resetConnections(): void {
    for (const socket of this.#sockets) {
      socket.resetAndDestroy();
    }
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    const url = new URL(request.url ?? "/", this.url);
    const seen: SeenRequest = {
      method: request.method ?? "GET",
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    };
    this.requests.push(seen);
    const fault = this.fault(seen);
    if (fault === "reset") {
      request.socket.resetAndDestroy();
    } else if (fault === undefined) {
      this.#answer(seen, response);
    } else if (fault !== "hang") {
      response.writeHead(fault.status, fault.headers).end(fault.body ?? status(fault.status, "Fault"));
    }
  }

  #answer(request: SeenRequest, response: ServerResponse): void {
    const { method, path, query, body } = request;
    const object = this.#objects.get(path);
    if (method === "GET" && query.watch === "true") {
      this.#watch(request, response);
    } else if (method === "GET" && object !== undefined) {
      response.end(JSON.stringify(object));
    } else if (method === "GET" && /\/[a-z]+s$/.test(path)) {
      this.#list(request, response);
    } else if (method === "PATCH" || method === "POST") {
      const collection = method === "POST" ? path : path.replace(/\/[^/]+(\/status)?$/, "");
      response.end(JSON.stringify(this.put(collection, JSON.parse(body))));
    } else if (method === "PUT" && object !== undefined) {
      this.#replace(path, JSON.parse(body), object, response);
    } else if (method === "DELETE" && this.remove(path)) {
      response.end(JSON.stringify({ kind: "Status", status: "Success" }));
    } else {
      response.writeHead(404).end(status(404, "NotFound"));
    }
  }

  #replace(path: string, object: KubeObject, live: KubeObject, response: ServerResponse): void {
    const { resourceVersion } = object.metadata ?? {};
    if (resourceVersion !== undefined && resourceVersion !== live.metadata?.resourceVersion) {
      response.writeHead(409).end(status(409, "Conflict"));
    } else {
      response.end(JSON.stringify(this.put(path.replace(/\/[^/]+$/, ""), object)));
    }
  }

  #list({ path, query }: SeenRequest, response: ServerResponse): void {
    const all = [...this.#objects]
      .filter(([name, object]) => isIn(path, name) && isSelected(object, query.labelSelector))
      .map(([, { apiVersion: _, kind: __, ...item }]) => item);
    const from = Number(query.continue ?? 0);
    const end = from + Math.min(Number(query.limit ?? all.length), this.pageSize);
    const metadata = {
      resourceVersion: `${this.#version}`,
      ...(end < all.length ? { continue: `${end}` } : {}),
    };
    response.end(JSON.stringify({ metadata, items: all.slice(from, end) }));
  }

  #watch({ path, query }: SeenRequest, response: ServerResponse): void {
    const from = Number(query.resourceVersion);
    if (from < this.#oldest) {
      response.end(`${JSON.stringify({ type: "ERROR", object: JSON.parse(status(410, "Expired")) })}\n`);
      return;
    }
    const watch = { collection: path, selector: query.labelSelector, response };
    response.flushHeaders();
    this.#watches.add(watch);
    response.once("close", () => this.#watches.delete(watch));
    for (const change of this.#history.filter(({ version }) => version > from)) {
      send(watch, change);
    }
  }

  #tell(change: Change): void {
    this.#history.push(change);
    for (const watch of this.#watches) {
      send(watch, change);
    }
  }
}

function send({ collection, selector, response }: OpenWatch, { type, path, object }: Change): void {
  if (isIn(collection, path) && isSelected(object, selector)) {
    response.write(`${JSON.stringify({ type, object })}\n`);
  }
}

/** Whether an object's path lies in a collection, which may be one namespace's or that of all. */
function isIn(collection: string, path: string): boolean {
  const all = (text: string) => text.replace(/\/namespaces\/[^/]+/, "");
  return (
    path.startsWith(`${collection}/`) ||
    (collection === all(collection) && all(path).startsWith(`${collection}/`))
  );
}

function isSelected(object: KubeObject, selector: string | undefined): boolean {
  return (selector ?? "").split(",").every((term) => {
    const { labels } = object.metadata ?? {};
    const [name = "", value] = term.split("=");
    return (
      term === "" || (name.startsWith("!") ? !(name.slice(1) in { ...labels }) : labels?.[name] === value)
    );
  });
}

function status(code: number, reason: string): string {
  return JSON.stringify({ kind: "Status", status: "Failure", code, reason, message: `it is ${reason}` });
}
