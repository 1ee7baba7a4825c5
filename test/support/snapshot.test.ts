import { describe, expect, it } from "@jest/globals";
import { snapshotOf } from "./snapshot.ts";

const service = (name: string, clusterIP: string) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name },
  spec: { clusterIP, clusterIPs: [clusterIP] },
});
const of = (one: string, other: string) =>
  snapshotOf({ hitCounter: undefined, children: [service("web-counter", one), service("web-proxy", other)] });

describe("snapshotOf", () => {
  it("is the same whatever addresses Services have, also where one's begins as another's", () => {
    expect(of("10.96.0.1", "10.96.0.16")).toEqual(of("10.96.2.3", "10.96.7.8"));
  });

  it("is the same whatever the time", () => {
    const at = (message: string) =>
      snapshotOf({
        hitCounter: undefined,
        children: [{ kind: "Event", metadata: { name: "x" }, message } as object],
      });
    expect(at("next on 2026-12-26T18:23:33.752Z.")).toEqual(at("next on 2026-12-27T01:02:03Z."));
    expect(at("next on Monday")).not.toEqual(at("next on Tuesday"));
  });

  it("is another when a Service has the address of another", () => {
    expect(of("10.96.0.1", "10.96.0.1")).not.toEqual(of("10.96.0.1", "10.96.0.16"));
  });
});
