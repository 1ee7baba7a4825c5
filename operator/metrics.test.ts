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

  it("tell no count that was never read", async () => {
    const registry = new Registry();
    createHitCounterMetrics(registry, { list: () => [hitCounterWith()] });
    expect(await registry.metrics()).not.toMatch(/^hitcounter_hits\{/m);
  });
});
