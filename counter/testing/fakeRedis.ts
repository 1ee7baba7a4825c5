import { type AddressInfo, createServer, type Socket } from "node:net";

/**
 * A Redis for tests that misbehaves on request; it knows the scripts (of ids nothing, and but one day), AUTH and what
 * ioredis asks on connecting.
 */
export interface FakeRedis {
  port: number;
  /** The count it holds. */
  hits(): number;
  /** Loses the count and the script. */
  lose(): void;
  /** How it treats a batch: counts it; counts it and cuts the line before or in the answer; says nothing; refuses. */
  mode: "normal" | "executeThenCut" | "executeThenCutMidReply" | "silent" | `-${string}`;
  /** When set, only this password is let in. */
  password: string | undefined;
  /** Who was let in, in order: `default` where a password came without a user. */
  readonly users: readonly string[];
  /** The words of each command that it was sent, but for AUTH. */
  readonly received: readonly (readonly string[])[];
  /** How many batches with hits it has counted. */
  commands(): number;
  /** Goes away: no listener, no connection. */
  stop(): Promise<void>;
  /** Comes back on the same port, with the same count. */
  start(): Promise<void>;
}

/** Starts a fake Redis on a free loopback port. */
export async function startFakeRedis(): Promise<FakeRedis> {
  let hits = 0;
  let dated = 0;
  let commands = 0;
  let knowsScript = false;
  const pages = new Map<string, number>();
  const batches = new Map<string, { seq: number; answer: number[] }>();
  const sockets = new Set<Socket>();
  const users: string[] = [];
  const received: string[][] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => {});
    let authenticated = false;
    let rest = "";
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      rest += chunk;
      for (let taken = takeCommand(rest); taken !== undefined; taken = takeCommand(rest)) {
        rest = rest.slice(taken.length);
        const [name = "", argument, ...more] = taken.words;
        if (name.toLowerCase() === "auth") {
          const [user = "default", password] = more.length > 0 ? [argument, more[0]] : ["default", argument];
          const isRight = password === fake.password;
          if (isRight) users.push(user);
          authenticated ||= isRight;
          socket.write(isRight ? "+OK\r\n" : "-WRONGPASS invalid password\r\n");
        } else if (fake.password !== undefined && !authenticated) {
          socket.write("-NOAUTH Authentication required.\r\n");
        } else {
          received.push(taken.words);
          execute(socket, name.toLowerCase(), more);
        }
      }
    });
  });

  const execute = (socket: Socket, name: string, [keyCount, ...words]: string[]) => {
    if (name === "info") {
      socket.write("$9\r\nloading:0\r\n");
    } else if (name !== "evalsha" && name !== "eval") {
      socket.write("+OK\r\n");
    } else if (fake.mode.startsWith("-")) {
      socket.write(`${fake.mode}\r\n`);
    } else if (name === "evalsha" && !knowsScript) {
      socket.write("-NOSCRIPT No matching script.\r\n");
    } else if (fake.mode !== "silent") {
      knowsScript = true;
      const answer = runScript(keyCount === "2" ? words[1] : undefined, words.slice(Number(keyCount)));
      if (fake.mode === "executeThenCutMidReply") {
        socket.write(answer.slice(0, -3), () => socket.destroy());
      } else if (fake.mode === "executeThenCut") {
        socket.destroy();
      } else {
        socket.write(answer);
      }
    }
  };

  const runScript = (place: string | undefined, [floor, raiseFrom, ...words]: string[]) => {
    if (hits < Number(floor) && hits >= Number(raiseFrom)) {
      hits = Number(floor);
    }
    if (hits < Number(floor)) {
      return reply([-1, hits]);
    }
    if (place === undefined) {
      return reply(look(words));
    }
    const [seq, amount, _ids, _marks, maxPages, ofPages] = words;
    const kept = batches.get(place);
    if (kept?.seq === Number(seq)) {
      return reply(kept.answer);
    }
    const answer = count(Number(amount), Number(maxPages), ofPages);
    batches.set(place, { seq: Number(seq), answer });
    return reply(answer);
  };

  const count = (amount: number, maxPages: number, ofPages = "") => {
    const numbers: number[] = [];
    for (const [, position, page = ""] of ofPages.matchAll(/(\d+) (\S+)/g)) {
      const hasRoom = pages.has(page) || pages.size < maxPages;
      if (hasRoom) pages.set(page, (pages.get(page) ?? 0) + 1);
      numbers.push(Number(position), hasRoom ? (pages.get(page) ?? 0) : 0);
    }
    const counted = amount - numbers.filter((number, index) => index % 2 === 1 && number === 0).length;
    hits += counted;
    dated += counted;
    commands += 1;
    return [hits, ...numbers];
  };

  const look = ([what, page = "", maxPages]: string[]) => {
    if (what === "pages") return [hits, "0", ...[...pages].flat()];
    if (what === "page") return [hits, pages.get(page) ?? (pages.size < Number(maxPages) ? 0 : -1)];
    return what === undefined ? [hits, 0] : [hits, 0, "0", dated];
  };

  const listen = (port: number) =>
    new Promise<void>((done) => server.listen(port, "127.0.0.1", () => done()));
  await listen(0);
  const fake: FakeRedis = {
    port: (server.address() as AddressInfo).port,
    hits: () => hits,
    lose() {
      hits = 0;
      dated = 0;
      pages.clear();
      batches.clear();
      knowsScript = false;
    },
    users,
    received,
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

/** An answer as Redis writes it. */
const reply = (answer: readonly (number | string)[]) =>
  `*${answer.length}\r\n${answer.map((each) => (typeof each === "number" ? `:${each}` : `$${each.length}\r\n${each}`)).join("\r\n")}\r\n`;

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
