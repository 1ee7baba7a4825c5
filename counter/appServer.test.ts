import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "@jest/globals";
import express from "express";
import { createAppServer } from "./appServer.ts";

describe("the server of an Express app", () => {
  it("makes requests and responses whose prototypes Express need not change", async () => {
    const app = express();
    const prototypes: unknown[] = [];
    const look = (...objects: object[]) => prototypes.push(...objects.map(Object.getPrototypeOf));
    app.get("/", (request, response) => {
      look(request, response);
      response.send(`${request.get("x-name")}, ${request.path}`);
    });
    const server = createAppServer(app).prependListener("request", look).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { "X-Name": "a visitor" } });
    server.close();
    expect(await answer.text()).toBe("a visitor, /");
    expect(prototypes[0]).toBe(prototypes[2]);
    expect(prototypes[1]).toBe(prototypes[3]);
  });
});
