import { describe, expect, it } from "@jest/globals";
import { Registry } from "prom-client";
import type { HitCounter } from "./api/hitCounter.ts";
import { createHitCounterMetrics } from "./metrics.ts";
import { hitCounterWith } from "./testing/fixtures.ts";

const lastTransitionTime = "2026-01-02T03:04:05Z";
const serving: HitCounter = {
  ...hitCounterWith({ version: "1.1.0" }),
  status: {
    version: "1.0.0",
    hits: 42,
    certificate: { notBefore: "2026-01-01T00:00:00Z", notAfter: "2026-04-01T00:00:00Z" },
    conditions: [
      { type: "Ready", status: "True", reason: "Serving", message: "", lastTransitionTime },
      { type: "Degraded", status: "False", reason: "AsExpected", message: "", lastTransitionTime },
    ],
  },
};

describe("the metrics of HitCounters", () => {
  it("tell what the status tells, and nothing of what is gone", async () => {
    let all = [serving];
    const registry = new Registry();
    createHitCounterMetrics(registry, { list: () => all });
    const samples = async () =>
      (await registry.metrics()).split("\n").filter((line) => /^hitcounter_/.test(line));
    expect(await samples()).toEqual([
      'hitcounter_hits{namespace="demo",name="web"} 42',
      'hitcounter_info{namespace="demo",name="web",version="1.0.0",wanted_version="1.1.0"} 1',
      'hitcounter_certificate_not_before_timestamp_seconds{namespace="demo",name="web"} 1767225600',
      'hitcounter_certificate_expiration_timestamp_seconds{namespace="demo",name="web"} 1775001600',
      'hitcounter_condition{namespace="demo",name="web",type="Ready"} 1',
      'hitcounter_condition{namespace="demo",name="web",type="Degraded"} 0',
    ]);
    all = [];
    expect(await samples()).toEqual([]);
  });

  it("tell when a backup succeeded, and when one is overdue, where there are any", async () => {
    const registry = new Registry();
    const backup = { lastSuccessfulTime: "1970-01-01T00:01:00Z", overdueTime: "1970-01-01T00:02:00Z" };
    createHitCounterMetrics(registry, { list: () => [{ ...serving, status: { backup } }] });
    const text = await registry.metrics();
    expect(text).toContain(
      'hitcounter_backup_last_success_timestamp_seconds{namespace="demo",name="web"} 60\n',
    );
    expect(text).toContain('hitcounter_backup_overdue_timestamp_seconds{namespace="demo",name="web"} 120\n');
  });

  it("tell how many copies there are and have everything, where there are three", async () => {
    const samples = async (redis: NonNullable<HitCounter["status"]>["redis"]) => {
      const registry = new Registry();
      createHitCounterMetrics(registry, { list: () => [{ ...serving, status: { redis } }] });
      return (await registry.metrics())
        .split("\n")
        .filter((line) => /^hitcounter_redis_(copies|term)/.test(line));
    };
    expect(await samples({ replicas: 3, inSync: 2, term: 25 })).toEqual([
      'hitcounter_redis_copies{namespace="demo",name="web"} 3',
      'hitcounter_redis_copies_in_sync{namespace="demo",name="web"} 2',
      'hitcounter_redis_term{namespace="demo",name="web"} 25',
    ]);
    expect(await samples({ passwordMadeAt: "2026-01-01T00:00:00Z" })).toEqual([]);
  });

  it("tell no count that was never read", async () => {
    const registry = new Registry();
    createHitCounterMetrics(registry, { list: () => [hitCounterWith()] });
    expect(await registry.metrics()).not.toMatch(/^hitcounter_hits\{/m);
  });
});
