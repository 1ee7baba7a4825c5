import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { describe, expect, it } from "@jest/globals";
import { freePort, requireFreePort } from "./processes.ts";

describe("a free port", () => {
  it("is none that the machine gives to an outgoing connection", async () => {
    const [lowest] = (await readFile("/proc/sys/net/ipv4/ip_local_port_range", "utf8")).split("\t");
    expect(await freePort()).toBeLessThan(Number(lowest));
  });

  it("is one to listen on, and no longer free then", async () => {
    const port = await freePort();
    const server = createServer().listen(port, "127.0.0.1");
    await once(server, "listening");
    await expect(requireFreePort(port)).rejects.toThrow(`Port ${port} of 127.0.0.1 is taken`);
    server.close();
    await once(server, "close");
    await requireFreePort(port);
  });
});
