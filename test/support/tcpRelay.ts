import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A way that TCP connections take, on which things go wrong when told. */
export interface TcpRelay {
  /** The loopback port it listens on. */
  readonly port: number;
  /** Connections open now. */
  connections(): number;
  /** Resets every connection, whatever is under way. */
  reset(): void;
  /** Lets half of the next reply on each connection pass, then resets it. */
  cutMidReply(): void;
  /** Holds every byte on the connections there are; new ones work. */
  hold(): void;
  /** Lets requests pass and holds every reply, on new connections too, until all are reset. */
  holdReplies(): void;
  /** Lets held bytes arrive after all, even those whose sender has given the connection up meanwhile. */
  release(): void;
  close(): Promise<void>;
}

/** Both halves of a connection that is passed on. */
interface Link {
  readonly client: Socket;
  readonly server: Socket;
  /** What is done with bytes now. */
  mode: "pass" | "hold" | "holdReplies" | "cut";
  /** What happens on release, in order. */
  held: (() => void)[];
}

/** Starts a relay to the loopback port that `target` names for each connection; undefined refuses it. */
export async function startTcpRelay(target: () => number | undefined): Promise<TcpRelay> {
  const links = new Set<Link>();
  let modeOfNew: Link["mode"] = "pass";
  const reset = (link: Link) => {
    links.delete(link);
    resetSocket(link.client);
    resetSocket(link.server);
  };

  const pass = (client: Socket, port: number) => {
    const server = connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    const link: Link = { client, server, mode: modeOfNew, held: [] };
    links.add(link);
    const orHold = (action: () => void) => {
      if (link.mode === "hold") link.held.push(action);
      else action();
    };
    client.on("data", (bytes) => orHold(() => server.write(bytes)));
    server.on("data", (bytes) => {
      if (link.mode === "cut") {
        // A reset throws away what has not been sent: the half goes out first.
        client.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), () => reset(link));
      } else if (link.mode !== "holdReplies") {
        orHold(() => client.writable && client.write(bytes));
      }
    });
    client.on("end", () => orHold(() => server.end()));
    server.on("end", () => link.mode !== "holdReplies" && orHold(() => client.end()));
    // Held bytes still arrive: a reset right behind them would take them along.
    client.on("error", () =>
      link.mode === "hold" ? link.held.push(() => server.end()) : resetSocket(server),
    );
    server.on("error", () => link.mode !== "holdReplies" && orHold(() => resetSocket(client)));
    server.on("close", () => link.mode !== "holdReplies" && links.delete(link));
  };

  const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const port = target();
    if (port === undefined) {
      resetSocket(client.on("error", () => {}));
    } else {
      pass(client, port);
    }
  });
  await new Promise<void>((resolve, reject) => {
    listener.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (listener.address() as AddressInfo).port,
    connections: () => links.size,
    reset() {
      modeOfNew = "pass";
      links.forEach(reset);
    },
    cutMidReply() {
      for (const link of links) if (link.mode === "pass") link.mode = "cut";
    },
    hold() {
      for (const link of links) link.mode = "hold";
    },
    holdReplies() {
      modeOfNew = "holdReplies";
      for (const link of links) link.mode = "holdReplies";
    },
    release() {
      for (const link of links) {
        if (link.mode !== "hold") continue;
        link.mode = "pass";
        for (const action of link.held.splice(0)) action();
      }
    },
    async close() {
      links.forEach(reset);
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

/** Node.js can't reset a socket while it shuts it down: such a one is never closed, and keeps the process from ending. */
function resetSocket(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}
