import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { User } from "@kubernetes/client-node";
import { KubeConfig } from "@kubernetes/client-node";
import { connect } from "./connect.ts";
import { createCredentials } from "./credentials.ts";
import { Fence, FencedError } from "./fence.ts";
import { FakeApiServer } from "./testing/fakeApiServer.ts";
import { manualClock } from "./testing/manualClock.ts";
import { demoThings, thing, things } from "./testing/things.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "connect-test-"));
});

afterEach(() => rm(folder, { recursive: true }));

describe("connecting", () => {
  it("goes where the chosen context of a kubeconfig says, with its token", async () => {
    const server = await FakeApiServer.start();
    server.put(demoThings, thing("a"));
    const kubeconfig = join(folder, "config");
    const context = (name: string) => ({ name, context: { cluster: "fake", user: "me" } });
    const config = {
      clusters: [{ name: "fake", cluster: { server: server.url, "insecure-skip-tls-verify": true } }],
      users: [{ name: "me", user: { token: "secret" } }],
      contexts: [context("one"), context("two")],
    };
    await writeFile(kubeconfig, JSON.stringify(config));
    const client = connect({ kubeconfig, context: "two", userAgent: "me/1" });
    expect(await client.get(things, { namespace: "demo", name: "a" })).toBeDefined();
    expect(server.requests[0]?.headers).toMatchObject({
      authorization: "Bearer secret",
      "user-agent": "me/1",
    });
    const late = connect({ kubeconfig, context: "two", fence: new Fence() });
    await expect(late.create(things, thing("b"))).rejects.toThrow(FencedError);
    await late.close();
    expect(server.requests).toHaveLength(1);
    expect(() => connect({ kubeconfig, context: "three" })).toThrow(
      'No context "three" in the kubeconfig; it has: one, two',
    );
    await client.close();
    await server.close();
  });
});

describe("credentials", () => {
  const configOf = (user: Partial<User>, cluster = {}) => {
    const config = new KubeConfig();
    config.loadFromClusterAndUser(
      { name: "fake", server: "https://api.example.dev", skipTLSVerify: false, ...cluster },
      { name: "me", ...user },
    );
    return config;
  };

  it("carry certificates and passwords", async () => {
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    const user = { certData: base64("cert"), keyData: base64("key"), username: "me", password: "pw" };
    const cluster = { caData: base64("ca"), tlsServerName: "kubernetes" };
    const { access } = createCredentials(() => configOf(user, cluster), manualClock());
    expect(await access()).toEqual({
      server: "https://api.example.dev",
      proxy: undefined,
      tls: {
        ca: Buffer.from("ca"),
        cert: Buffer.from("cert"),
        key: Buffer.from("key"),
        servername: "kubernetes",
      },
      headers: { Authorization: `Basic ${base64("me:pw")}` },
    });
  });

  it("are kept for a while, and read anew at once when they were refused", async () => {
    const clock = manualClock();
    const tokenFile = join(folder, "token");
    const user = { authProvider: { name: "tokenFile", config: { tokenFile } } };
    let loads = 0;
    const load = () => {
      loads += 1;
      return configOf(user);
    };
    const credentials = createCredentials(load, clock);
    await writeFile(tokenFile, "first\n");
    const first = await credentials.access();
    expect(first.headers).toEqual({ Authorization: "Bearer first" });
    await writeFile(tokenFile, "second\n");
    expect(await credentials.access()).toBe(first);
    credentials.refused(first);
    const second = await credentials.access();
    expect(second.headers).toEqual({ Authorization: "Bearer second" });
    credentials.refused(first);
    expect(await credentials.access()).toBe(second);
    clock.advance(30_001);
    expect(await credentials.access()).not.toBe(second);
    expect(loads).toBe(2);
  });

  it("are asked for again after they could not be had", async () => {
    const tokenFile = join(folder, "token");
    const user = { authProvider: { name: "tokenFile", config: { tokenFile } } };
    const credentials = createCredentials(() => configOf(user), manualClock());
    await expect(credentials.access()).rejects.toThrow("ENOENT");
    await writeFile(tokenFile, "late");
    expect((await credentials.access()).headers).toEqual({ Authorization: "Bearer late" });
  });
});
