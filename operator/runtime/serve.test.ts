import { afterEach, describe, expect, it } from "@jest/globals";
import { Counter, Registry } from "prom-client";
import { request } from "undici";
import { type HealthServer, serve } from "./serve.ts";

let server: HealthServer | undefined;

afterEach(() => server?.close());

const host = "127.0.0.1";
const holds = { everything: () => true };

async function get(path: string) {
  const { statusCode, headers, body } = await request(`http://${host}:${server?.port}${path}`);
  return { status: statusCode, type: headers["content-type"], body: await body.text() };
}

describe("the health server", () => {
  it("serves the metrics", async () => {
    const registry = new Registry();
    new Counter({ name: "hellos_total", help: "Hellos", registers: [registry] }).inc();
    server = await serve({ port: 0, host, registry, healthz: holds, readyz: holds });
    const { status, type, body } = await get("/metrics");
    expect({ status, type }).toEqual({ status: 200, type: registry.contentType });
    expect(body).toContain("hellos_total 1");
  });

  it("is healthy and ready while every check holds, and names the one that does not", async () => {
    let synced = false;
    const readyz = { caches: () => synced, leader: () => true };
    server = await serve({ port: 0, host, registry: new Registry(), healthz: holds, readyz });
    expect(await get("/healthz?verbose")).toMatchObject({ status: 200, body: "[+] everything\nok\n" });
    expect(await get("/readyz")).toMatchObject({
      status: 503,
      body: "[-] caches\n[+] leader\nfailed\n",
    });
    synced = true;
    expect(await get("/readyz")).toMatchObject({ status: 200 });
  });

  it("knows no other path", async () => {
    server = await serve({ port: 0, host, registry: new Registry(), healthz: holds, readyz: holds });
    expect(await get("/")).toMatchObject({ status: 404 });
  });

  it("rejects when its port is taken", async () => {
    const options = { host, registry: new Registry(), healthz: holds, readyz: holds };
    server = await serve({ port: 0, ...options });
    await expect(serve({ port: server.port, ...options })).rejects.toThrow("EADDRINUSE");
  });
});
