import { connect, type Socket } from "node:net";

/** How slow clients are slow, each with what it sends at once, and what it sends next, a byte now and then. */
const KINDS = {
  /** Connects, and says nothing. */
  idle: { first: "", next: "" },
  /** Never ends its headers. */
  header: { first: "GET / HTTP/1.1\r\nHost: counter\r\nX: ", next: "x" },
  /** Nor do these, which are as large as may be. */
  largeHeader: {
    first: `GET / HTTP/1.1\r\nHost: counter\r\nX: ${"x".repeat(8_000)}\r\nY: ${"y".repeat(7_000)}`,
    next: "x",
  },
  /** Never ends its body. */
  body: { first: "GET / HTTP/1.1\r\nHost: counter\r\nContent-Length: 1000\r\n\r\n", next: "x" },
  /** Nor do these, of which nobody knows how long they are. */
  chunked: { first: "GET / HTTP/1.1\r\nHost: counter\r\nTransfer-Encoding: chunked\r\n\r\n", next: "0" },
  /** Asks again and again, and reads nothing of the answers; only who writes is told that a connection is reset. */
  reader: {
    first: "GET /badge.svg?count=false HTTP/1.1\r\nHost: counter\r\n\r\n".repeat(500),
    next: "G",
  },
} as const;

/** How clients may be slow. */
export type Slowness = keyof typeof KINDS;

/** Clients that hold connections and do little with them. */
export interface SlowClients {
  /** Connections that are open now, and that were closed so far, by the server. */
  open(): number;
  closed(kind: Slowness): number;
  /** Lets go of all. */
  stop(): void;
}

/** How often each sends a byte (ms), and how soon one whose connection was closed comes again. */
const BYTE_MS = 3_000;
const AGAIN_MS = 500;
/** So many come at once, and the next ones a moment later (ms). */
const TOGETHER = 100;
const NEXT_MS = 20;

/**
 * Starts so many clients of each kind, half of them from one address of this machine and half from one address each.
 * One whose connection is closed comes again.
 */
export function startSlowClients(
  port: number,
  counts: Readonly<Partial<Record<Slowness, number>>>,
): SlowClients {
  const sockets = new Set<Socket>();
  let open = 0;
  const closed = new Map<Slowness, number>();
  let stopped = false;
  const start = (kind: Slowness, from: string) => {
    if (stopped) return;
    const { first, next } = KINDS[kind];
    let isOpen = false;
    const socket = connect({ port, host: "127.0.0.1", localAddress: from });
    const timer = setInterval(() => next !== "" && socket.write(next), BYTE_MS);
    socket.on("error", () => {}); // "close" follows
    socket.on("close", () => {
      clearInterval(timer);
      sockets.delete(socket);
      if (isOpen) {
        open -= 1;
        closed.set(kind, (closed.get(kind) ?? 0) + 1);
      }
      if (!stopped) setTimeout(start, AGAIN_MS, kind, from);
    });
    sockets.add(socket);
    if (kind === "reader") socket.pause();
    else socket.resume();
    socket.on("connect", () => {
      isOpen = true;
      open += 1;
      socket.write(first);
    });
  };
  const kinds = (Object.entries(counts) as [Slowness, number?][]).flatMap(([kind, count = 0]) =>
    Array.from({ length: count }, () => kind),
  );
  for (const [index, kind] of kinds.entries()) {
    const from = index % 2 === 0 ? "127.0.0.1" : `127.1.${index >> 8}.${index & 255}`;
    setTimeout(start, Math.floor(index / TOGETHER) * NEXT_MS, kind, from);
  }
  return {
    open: () => open,
    closed: (kind) => closed.get(kind) ?? 0,
    stop() {
      stopped = true;
      for (const socket of sockets) socket.destroy();
    },
  };
}
