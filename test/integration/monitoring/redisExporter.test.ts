import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { V1Deployment } from "@kubernetes/client-node";
import { redisExporter } from "../../../operator/desired/exporters.ts";
import { derivedPassword } from "../../../operator/desired/passwords.ts";
import { EXPORTER_PASSWORD_KEY, redisSecret } from "../../../operator/desired/redisSecret.ts";
import { EXPORTER_USER } from "../../../operator/desired/redisUsers.ts";
import { hitCounterWith, inputsFor } from "../../../operator/testing/fixtures.ts";
import { type Container, startContainer } from "../../support/container.ts";
import { freePort } from "../../support/freePort.ts";
import { type RedisServer, startRedisServer } from "../../support/redisServer.ts";
import { until } from "../../support/until.ts";

const inputs = inputsFor(hitCounterWith({ monitoring: { enabled: true } }));
const password = derivedPassword(inputs.passwords.current, EXPORTER_USER);
let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedisServer({ password: true });
}, 1_800_000);
afterAll(async () => await redis?.remove());

describe("the real exporter, as the product runs it", () => {
  let exporter: Container;
  let port: number;
  let folder: string;

  beforeAll(async () => {
    port = await freePort();
    const [container] = (redisExporter(inputs) as V1Deployment).spec?.template.spec?.containers ?? [];
    const args =
      container?.args?.map((arg) => arg.replace("web-redis:6379", `127.0.0.1:${redis.port}`)) ?? [];
    folder = await mkdtemp(join(tmpdir(), "hitcounter-exporter-"));
    const file = Buffer.from(redisSecret(inputs).data?.[EXPORTER_PASSWORD_KEY] ?? "", "base64").toString();
    await chmod(folder, 0o755);
    await writeFile(
      join(folder, EXPORTER_PASSWORD_KEY),
      file.replace("web-redis:6379", `127.0.0.1:${redis.port}`),
    );
    exporter = await startContainer({
      name: "redis-exporter",
      image: "redis-exporter",
      command: ["prometheus-redis-exporter", ...args, `--web.listen-address=127.0.0.1:${port}`],
      mounts: { [container?.volumeMounts?.[0]?.mountPath ?? ""]: folder },
    });
  });
  afterAll(async () => {
    await exporter?.remove();
    await rm(folder, { recursive: true, force: true });
  });
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
