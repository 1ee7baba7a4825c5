import { Server } from "node:http";
import type { Socket } from "node:net";
import type { App } from "./app.ts";
import { requestHeaders } from "./contract.ts";
import { recognise } from "./recognise.ts";
import { Reply } from "./reply.ts";

/** A connection that says nothing at first for so long is left to Node.js, which knows when to give it up (ms). */
const SILENT = 1000;
/** How much longer Node.js keeps an idle connection than it tells (ms). */
const GRACE = 1000;

const idHeader = requestHeaders.id.toLowerCase();
const addressHeader = requestHeaders.address.toLowerCase();

/**
 * A web server that does without Node.js's parser for the one form of request that nginx sends for a hit of `/`, and
 * answers it by the same bytes. What comes in any other form, and all that comes behind it on its connection, is left to
 * Node.js.
 */
export class CounterServer extends Server {
  readonly #connections = new Set<Connection>();

  constructor({ listener, hit }: App) {
    // A request without a body has ended with its headers; nobody here waits for a stream to say so.
    super({ optimizeEmptyRequests: true }, listener);
    const [toNode] = this.listeners("connection") as [(socket: Socket) => void];
    this.removeAllListeners("connection").on("connection", (socket) => {
      const leave = () => {
        this.#connections.delete(connection);
        toNode.call(this, socket);
      };
      const connection = new Connection(socket, { hit, leave, keepAliveMs: () => this.keepAliveTimeout });
      this.#connections.add(connection);
      socket.once("close", () => this.#connections.delete(connection));
    });
  }

  override closeIdleConnections(): void {
    super.closeIdleConnections();
    for (const { socket, isIdle } of this.#connections) {
      if (isIdle) socket.destroy();
    }
  }

  override closeAllConnections(): void {
    super.closeAllConnections();
    for (const { socket } of this.#connections) socket.destroy();
  }
}

/** What a connection needs. */
interface ConnectionOptions {
  hit: App["hit"];
  /** Leaves it to Node.js. */
  leave: () => void;
  keepAliveMs: () => number;
}

/** A connection on which nothing has come so far but requests that were recognised. */
class Connection {
  readonly socket: Socket;
  readonly #options: ConnectionOptions;
  /** Whether it waits for the next request; before the first it does not, as to Node.js. */
  isIdle = false;
  #isBusy = false;
  /** What came before the last answer was given. */
  #behind: Buffer[] = [];

  constructor(socket: Socket, options: ConnectionOptions) {
    this.socket = socket;
    this.#options = options;
    socket.on("data", this.#onData).on("end", this.#onEnd).on("error", ignore).on("timeout", this.#onTimeout);
    socket.setTimeout(SILENT);
  }

  readonly #onData = (bytes: Buffer) => {
    const recognised = this.#isBusy ? undefined : recognise(bytes);
    if (recognised !== undefined) {
      this.isIdle = false;
      this.#isBusy = true;
      const { socket } = this;
      const reply = new Reply(socket, this.#options.keepAliveMs(), this.#onAnswered);
      const headers = { [idHeader]: recognised.id, [addressHeader]: recognised.address };
      this.#options.hit({ method: "GET", url: "/", headers, socket }, reply);
    } else if (this.#isBusy) {
      this.#behind.push(bytes);
      this.socket.pause();
    } else {
      this.#leave(bytes);
    }
  };

  readonly #onAnswered = (isLast: boolean) => {
    this.#isBusy = false;
    if (isLast) {
      this.socket.destroySoon();
    } else if (this.#behind.length > 0) {
      this.#leave(Buffer.concat(this.#behind));
    } else if (!this.isIdle) {
      this.isIdle = true;
      this.socket.setTimeout(this.#options.keepAliveMs() + GRACE);
    }
  };

  readonly #onEnd = () => void this.socket.end();

  readonly #onTimeout = () => {
    if (this.isIdle) {
      this.socket.destroy();
    } else if (!this.#isBusy) {
      this.#leave();
    }
  };

  #leave(bytes?: Buffer): void {
    const { socket } = this;
    socket.off("data", this.#onData).off("end", this.#onEnd).off("timeout", this.#onTimeout);
    socket.setTimeout(0);
    if (bytes !== undefined) socket.unshift(bytes);
    this.#options.leave();
    socket.off("error", ignore).resume();
  }
}

/** What goes wrong with a connection ends it. */
const ignore = () => {};
