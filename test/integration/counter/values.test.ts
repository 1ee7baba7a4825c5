import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { afterEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { redisCommand, redisEnvironment } from "../../../operator/desired/redisCommand.ts";
import { DATA_FOLDER } from "../../../operator/desired/redisData.ts";
import { hitCounterWith } from "../../../operator/testing/fixtures.ts";
import { NASTY, stringFields } from "../../../operator/testing/stringFields.ts";
import { startNginxServer } from "../../support/nginxServer.ts";
import { sendRaw } from "../../support/rawRequests.ts";
import { startRedisServer } from "../../support/redisServer.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe("nginx", () => {
  /** Answers by whom it takes for the client. */
  async function startEcho(): Promise<Server> {
    const server = createServer((request, response) => response.end(`${request.headers["x-real-ip"]}`));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    cleanups.push(async () => server.close());
    cleanups.push(async () => server.closeAllConnections());
    return server;
  }

  it.each([
    { requestsPerSecond: 1, burst: 5, concurrentRequests: 1 },
    { requestsPerSecond: 100_000, burst: 100_000, concurrentRequests: 4096 },
  ])("takes as many ranges as may be, whatever they are, for ranges, and limits of %j", async (rateLimit) => {
    const { port } = (await startEcho()).address() as AddressInfo;
    const any = stringFields["proxy.clientAddress.trustedProxies[]"]?.values ?? fc.constant("");
    const isOurs = (range: string) => range.startsWith("127.") || /[/]\d$/.test(range);
    const trustedProxies = [
      "127.0.0.2/32",
      ...fc.sample(
        any.filter((range) => !isOurs(range)),
        255,
      ),
    ];
    const clientAddress = { trustedProxies, proxyProtocol: false };
    const nginx = await startNginxServer([`127.0.0.1:${port}`], { clientAddress, rateLimit });
    cleanups.push(nginx.remove);
    const clientOf = async (from: string) => {
      const request = "GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 127.9.9.9\r\n\r\n";
      const { answers } = await sendRaw(Number(new URL(nginx.url).port), [request], { from });
      return answers.map(({ body }) => body);
    };
    expect([await clientOf("127.0.0.2"), await clientOf("127.0.0.3")]).toEqual([
      ["127.9.9.9"],
      ["127.0.0.3"],
    ]);
  });
});

describe("Redis", () => {
  it.each(["always", "everysec"] as const)(
    "is set as it is told to be, durability %s",
    async (durability) => {
      const redis = await startRedisServer({ durability });
      cleanups.push(redis.remove);
      const [, , , , ...settings] = redisCommand(hitCounterWith({ redis: { durability } }), "x");
      for (let index = 0; index < settings.length; index += 2) {
        const name = settings[index]?.slice(2) ?? "";
        const [, value = ""] = (await redis.command("config", "get", name)).split("\n");
        const bytes = settings[index + 1] === "64mb" ? `${64 * 2 ** 20}` : settings[index + 1];
        expect([name, value]).toEqual([name, bytes]);
      }
    },
  );
});

describe("sh", () => {
  /** Runs the start of Redis, in a folder of its own and with nothing but `printf` for Redis. */
  async function start(env: Readonly<Record<string, string>>) {
    const folder = await mkdtemp(join(tmpdir(), "hitcounter-values-"));
    cleanups.push(() => rm(folder, { recursive: true, force: true }));
    const data = join(folder, "data");
    await mkdir(join(data, "appendonlydir"), { recursive: true });
    await writeFile(join(data, "appendonlydir", "appendonly.aof.2.base.rdb"), "x"); // data that no list has
    const [shell = "", flag = "", script = "", ...words] = redisCommand(hitCounterWith(), "auth.conf");
    const stub = script.replaceAll(DATA_FOLDER, data).replace("exec redis-server", "exec printf '%s\\n'");
    const { stdout } = await promisify(execFile)(
      shell,
      [flag, stub, ...words.map((word) => word.replace(DATA_FOLDER, data))],
      {
        cwd: folder,
        env: { PATH: process.env.PATH, [redisEnvironment.memory]: "300", ...env },
      },
    );
    return {
      words: stdout.split("\n").slice(0, -1),
      made: await readdir(folder),
      aside: await readdir(data),
    };
  }

  it("takes what is in its environment for text", async () => {
    // Not even what the operator lets pass: digits. A name has no `/` and is no longer than this.
    const texts = NASTY.filter((text) => !text.includes("/") && text.length <= 200);
    expect(texts.length).toBeGreaterThan(15);
    const asItIs = await start({ [redisEnvironment.acceptedLoss]: "42" });
    expect(asItIs.aside).toEqual(["lost-42"]);
    for (const text of texts) {
      const { words, made, aside } = await start({ [redisEnvironment.acceptedLoss]: text });
      expect([text, made, aside]).toEqual([text, ["data"], [`lost-${text}`]]);
      expect(words.length).toBe(asItIs.words.length);
    }
  });
});
