import { type AddressInfo, createServer, type Socket } from "node:net";

/** A Redis for tests that misbehaves on request; it knows INCRBY, GET, AUTH and what ioredis asks on connecting. */
export interface FakeRedis {
  port: number;
  /** The count it holds. */
  hits(): number;
  /** How it treats INCRBY: executes it; executes it and cuts the line before the answer; says nothing; refuses. */
  mode: "normal" | "executeThenCut" | "silent" | `-${string}`;
  /** When set, only this password is let in. */
  password: string | undefined;
  /** How many commands with hits it has executed. */
  commands(): number;
  /** Goes away: no listener, no connection. */
  stop(): Promise<void>;
  /** Comes back on the same port, with the same count. */
  start(): Promise<void>;
}

/** Starts a fake Redis on a free loopback port. */
export async function startFakeRedis(): Promise<FakeRedis> {
  let hits = 0;
  let commands = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => {});
    let authenticated = false;
    let rest = "";
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      rest += chunk;
      for (let taken = takeCommand(rest); taken !== undefined; taken = takeCommand(rest)) {
        rest = rest.slice(taken.length);
        const [name = "", argument, amount] = taken.words;
        if (name.toLowerCase() === "auth") {
          authenticated = argument === fake.password;
          socket.write(authenticated ? "+OK\r\n" : "-WRONGPASS invalid password\r\n");
        } else if (fake.password !== undefined && !authenticated) {
          socket.write("-NOAUTH Authentication required.\r\n");
        } else {
          execute(socket, name.toLowerCase(), Number(amount));
        }
      }
    });
  });

  const execute = (socket: Socket, name: string, amount: number) => {
    if (name === "get") {
      socket.write(hits === 0 ? "$-1\r\n" : `$${String(hits).length}\r\n${hits}\r\n`);
    } else if (name === "info") {
      socket.write("$9\r\nloading:0\r\n");
    } else if (name !== "incrby") {
      socket.write("+OK\r\n");
    } else if (fake.mode.startsWith("-")) {
      socket.write(`${fake.mode}\r\n`);
    } else if (fake.mode !== "silent") {
      hits += amount;
      commands += 1;
      if (fake.mode === "executeThenCut") {
        socket.destroy();
      } else {
        socket.write(`:${hits}\r\n`);
      }
    }
  };

  const listen = (port: number) =>
    new Promise<void>((done) => server.listen(port, "127.0.0.1", () => done()));
  await listen(0);
  const fake: FakeRedis = {
    port: (server.address() as AddressInfo).port,
    hits: () => hits,
    commands: () => commands,
    mode: "normal",
    password: undefined,
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        for (const socket of sockets) {
          socket.destroy();
        }
      }),
    start: () => listen(fake.port),
  };
  return fake;
}

/** The first whole command of a RESP stream, and the characters it takes. */
const takeCommand = (stream: string) => {
  const lines = stream.split("\r\n");
  const count = Number(/^\*(\d+)$/.exec(lines[0] ?? "")?.[1]);
  if (!Number.isInteger(count) || lines.length < count * 2 + 2) {
    return undefined;
  }
  const words = lines.slice(1, count * 2 + 1).filter((_line, index) => index % 2 === 1);
  return { words, length: `${lines.slice(0, count * 2 + 1).join("\r\n")}\r\n`.length };
};
