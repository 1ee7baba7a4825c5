import { connect, createServer, type Socket } from "node:net";

/** The way to a node, on which every connection to it goes: what it can't be reached by is lost on it. */
export interface NodeWay {
  /** By which it is reached. */
  readonly host: string;
  /** From now on it is there: the process behind listens. */
  open(): Promise<void>;
  /** From now on connections to it are refused, and those there were are reset. */
  close(): Promise<void>;
  /** Holds every byte to and from those that `isCut` tells, on new connections too; true cuts it off from all. */
  cut(isCut: (from: string) => boolean): void;
  /** Lets through what was held, and what comes. */
  mend(): void;
  /** Where it leads, from the next connection on: a process that was given the address of another. */
  lead(host: string): void;
}

/** Both halves of a connection on the way. */
interface Link {
  readonly from: string;
  readonly client: Socket;
  server: Socket | undefined;
}

/** A way from a host's port to the same port of another host. */
export function wayTo(host: string, behind: string, port: number): NodeWay {
  const links = new Set<Link>();
  let target = behind;
  let isCut: (from: string) => boolean = () => false;

  const letThrough = (link: Link) => {
    if (link.server !== undefined) {
      link.client.resume();
      link.server.resume();
      return;
    }
    const { client } = link;
    const server = connect({ host: target, port, noDelay: true });
    link.server = server;
    client.on("data", (bytes) => server.write(bytes)).on("end", () => server.end());
    client.resume();
    server.on("data", (bytes) => client.writable && client.write(bytes)).on("end", () => client.end());
    server.on("error", () => client.destroy()).on("close", () => client.destroy());
  };
  const hold = ({ client, server }: Link) => {
    client.pause();
    server?.pause();
  };
  const listener = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (client) => {
    const link: Link = { from: client.remoteAddress ?? "", client, server: undefined };
    links.add(link);
    client.on("error", () => {}); // "close" follows
    client.on("close", () => {
      links.delete(link);
      link.server?.destroy();
    });
    if (!isCut(link.from)) letThrough(link);
  });
  return {
    host,
    open: () =>
      new Promise((resolve, reject) => {
        listener.once("error", reject).listen({ host, port }, () => {
          listener.off("error", reject);
          resolve();
        });
      }),
    async close() {
      for (const { client } of links) client.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
    cut(from) {
      isCut = from;
      for (const link of links) if (isCut(link.from)) hold(link);
    },
    mend() {
      isCut = () => false;
      links.forEach(letThrough);
    },
    lead(to) {
      target = to;
    },
  };
}
