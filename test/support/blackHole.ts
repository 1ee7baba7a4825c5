import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import process from "node:process";
import { createInterface } from "node:readline";

/** A loopback port behind which nobody answers. */
export interface BlackHole {
  readonly port: number;
  /** How many connections it has taken. */
  taken(): number;
  close(): Promise<void>;
}

/** Takes connections, and never answers. */
export async function startSilent(): Promise<BlackHole> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket.on("error", () => {}).resume()));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    taken: () => sockets.length,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** How many connections the kernel takes for a listener by itself, but for one more. */
const BACKLOG = 1;
const listener = `const server = require("node:net").createServer();
server.listen({ host: "127.0.0.1", port: 0, backlog: ${BACKLOG} }, () => console.log(server.address().port));`;

/** Swallows what asks for a connection, as a node without power does: its listener is halted, and its queue is full. */
export async function startSwallowing(): Promise<BlackHole> {
  const child = spawn(process.execPath, ["-e", listener], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(createInterface(child.stdout), "line");
  const port = Number(line);
  child.kill("SIGSTOP");
  const queue = Array.from({ length: BACKLOG + 1 }, () => connect(port, "127.0.0.1"));
  await Promise.all(
    queue.map((socket) =>
      once(
        socket.on("error", () => {}),
        "connect",
      ),
    ),
  );
  return {
    port,
    taken: () => 0,
    async close() {
      const ended = once(child, "close");
      child.kill("SIGKILL");
      await ended;
      for (const socket of queue) socket.destroy();
    },
  };
}
