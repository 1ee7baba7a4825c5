import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import process from "node:process";
import { describe, expect, it } from "@jest/globals";
import { connectionsOf, inodesTo } from "./connections.ts";

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1 0 100 0 0 10 0
   1: 0100007F:A000 0100007F:1F90 01 00000000:00000000 02:00000BB8 00000000     0        0 12 2 0 20 4 30 10 -1
   2: 0100007F:A001 0100007F:1F90 06 00000000:00000000 03:00000BB8 00000000     0        0 0 3 0
   3: 0100007F:1F90 0100007F:A000 01 00000000:00000000 02:00000BB8 00000000     0        0 13 2 0 20 4 30 10 -1
`;

describe("connections to a port", () => {
  it("are those that are established, at the end that opened them", () => {
    expect(inodesTo(table, 8080)).toEqual(["12"]);
  });

  it("are those of one process", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    expect(await connectionsOf(process.pid, port)).toHaveLength(1);
    expect(await connectionsOf(process.ppid, port)).toEqual([]);
    socket.destroy();
    server.close();
    await once(server, "close");
  });
});
