import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import type { AuditEvent } from "../../test/support/audit.ts";
import { AuditTail, Tally } from "./tally.ts";

const event = (verb: string, resource: string, more: Partial<AuditEvent> = {}): AuditEvent => ({
  verb,
  userAgent: "operator/a",
  requestURI: "/",
  objectRef: { resource, namespace: "demo", name: "web" },
  responseStatus: { code: 200 },
  stage: "ResponseComplete",
  requestReceivedTimestamp: "2026-01-01T00:00:00.000000Z",
  stageTimestamp: "2026-01-01T00:00:01.500000Z",
  ...more,
});
const status = { resource: "hitcounters", subresource: "status", namespace: "demo", name: "web" };

function tallied(events: AuditEvent[]): Tally {
  const tally = new Tally("operator");
  for (const each of events) tally.add(each);
  return tally;
}

describe("a tally of a program's requests", () => {
  it("counts by verb, and what is written apart from the Lease", () => {
    const { requests, lastEventAt } = tallied([
      event("list", "secrets"),
      event("patch", "secrets"),
      event("update", "leases"),
      event("patch", "hitcounters", { objectRef: status }),
      event("patch", "events"),
    ]);
    expect(requests).toEqual({
      total: 5,
      byVerb: { list: 1, patch: 3, update: 1 },
      writes: 3,
      statusWrites: 1,
      eventWrites: 1,
    });
    expect(lastEventAt).toBe(Date.parse("2026-01-01T00:00:01.500Z"));
  });

  it("counts a watch when it begins, and nothing of other programs", () => {
    const { requests } = tallied([
      event("watch", "secrets", { stage: "ResponseStarted" }),
      event("watch", "secrets"),
      event("patch", "secrets", { userAgent: "operators/a" }),
    ]);
    expect(requests.byVerb).toEqual({ watch: 1 });
  });

  it("knows each child and status once, when it first came, and none that was refused", () => {
    const later = { stageTimestamp: "2026-01-01T00:00:09.000000Z" };
    const { made } = tallied([
      event("patch", "secrets"),
      event("patch", "hitcounters", { objectRef: status }),
      event("patch", "secrets", later),
      event("patch", "services", { ...later, responseStatus: { code: 409 } }),
    ]);
    expect(made).toEqual({ children: 1, statuses: 1, lastAt: Date.parse("2026-01-01T00:00:01.500Z") });
  });
});

describe("the end of an audit log", () => {
  it("is read once, line by line, however it is written", async () => {
    const folder = await mkdtemp(join(tmpdir(), "hitcounter-tally-"));
    const file = join(folder, "audit.log");
    await writeFile(file, '{"verb":"get"}\n{"verb":');
    const tail = new AuditTail(file);
    expect(await tail.read()).toEqual([{ verb: "get" }]);
    await appendFile(file, '"list"}\n');
    expect(await tail.read()).toEqual([{ verb: "list" }]);
    expect(await tail.read()).toEqual([]);
    await rm(folder, { recursive: true });
  });
});
