import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { V1Deployment } from "@kubernetes/client-node";
import { redisExporter } from "../../../operator/desired/exporters.ts";
import { EXPORTER_USER, exporterPassword } from "../../../operator/desired/redisSecret.ts";
import { hitCounterWith, inputsFor } from "../../../operator/testing/fixtures.ts";
import { type Container, startContainer } from "../../support/container.ts";
import { freePort } from "../../support/freePort.ts";
import { type RedisServer, startRedisServer } from "../../support/redisServer.ts";
import { until } from "../../support/until.ts";

const inputs = inputsFor(hitCounterWith({ monitoring: { enabled: true } }));
const password = exporterPassword(inputs.redisPassword);
let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedisServer({ password: true });
}, 1_800_000);
afterAll(async () => await redis?.remove());

const asExporter = (...words: string[]) =>
  redis.command("--user", EXPORTER_USER, "--pass", password, "--no-auth-warning", ...words).catch(String);

describe("the exporter's user of Redis", () => {
  it("may ask for INFO, and for nothing else", async () => {
    expect(await asExporter("INFO", "memory")).toMatch(/used_memory:\d+/);
    const forbidden = [
      ["GET", "hits"],
      ["SET", "hits", "0"],
      ["CONFIG", "GET", "requirepass"],
      ["ACL", "LIST"],
      ["KEYS", "*"],
      ["SHUTDOWN"],
    ];
    for (const words of forbidden) expect(await asExporter(...words)).toMatch(/NOPERM/);
  });
});

describe("the real exporter, as the product runs it", () => {
  let exporter: Container;
  let port: number;

  beforeAll(async () => {
    port = await freePort();
    const [container] = (redisExporter(inputs) as V1Deployment).spec?.template.spec?.containers ?? [];
    const args =
      container?.args?.map((arg) => arg.replace("web-redis:6379", `127.0.0.1:${redis.port}`)) ?? [];
    exporter = await startContainer({
      name: "redis-exporter",
      image: "redis-exporter",
      command: ["prometheus-redis-exporter", ...args, `--web.listen-address=127.0.0.1:${port}`],
      env: { REDIS_PASSWORD: password },
    });
  });
  afterAll(async () => await exporter?.remove());
  const metrics = async () => await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();

  it("tells what INFO does, without a complaint, and never the password", async () => {
    await until("Redis is asked", async () => /^redis_up 1$/m.test(await metrics()));
    const told = await metrics();
    expect(told).toMatch(/^redis_memory_used_bytes \d/m);
    expect(told).toMatch(/^redis_aof_current_size_bytes \d/m);
    expect(told).toMatch(/^redis_exporter_last_scrape_error\{err=""\} 0$/m);
    const output = await exporter.output();
    expect(output).not.toMatch(/level=(error|warning)/);
    for (const text of [told, output]) expect(text).not.toContain(password);
  });
});
