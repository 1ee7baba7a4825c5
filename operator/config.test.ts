import { describe, expect, it } from "@jest/globals";
import { readSettings } from "./config.ts";

describe("the operator's settings", () => {
  it("have defaults", () => {
    expect(readSettings({})).toMatchObject({
      probeVia: "apiserver",
      concurrency: 10,
      httpPort: 8081,
      logLevel: "info",
    });
    expect(readSettings({}).podNamespace).toBeUndefined(); // no pod
  });

  it.each([
    "HTTP_PORT",
    "CONCURRENCY",
    "LOG_LEVEL",
    "COUNTER_IMAGE",
    "NAMESPACES",
    "PROBE_VIA",
    "LEADER_ELECTION",
    "LEASE_NAMESPACE",
    "IDENTITY",
  ])("take an empty %s for one that is not set", (name) => {
    expect(readSettings({ [name]: "" })).toEqual(readSettings({}));
  });

  it("read the count from the Service when the operator runs in a cluster", () => {
    expect(readSettings({ KUBERNETES_SERVICE_HOST: "10.96.0.1" }).probeVia).toBe("service");
  });

  it("name the namespaces to look after, none for all", () => {
    expect(readSettings({}).namespaces).toEqual([]);
    expect(readSettings({ NAMESPACES: "a,b,a" }).namespaces).toEqual(["a", "b"]);
    expect(() => readSettings({ NAMESPACES: "a, B" })).toThrow(
      /NAMESPACES is "a, B": names of namespaces are expected/,
    );
  });

  it("name the Lease and this process, or no Lease for one that is alone", () => {
    expect(readSettings({ LEASE_NAMESPACE: "ours" })).toMatchObject({
      lease: { namespace: "ours", name: "hitcounter-operator" },
      identity: undefined,
    });
    expect(readSettings({ LEASE_NAMESPACE: "ours", LEASE_NAME: "it", IDENTITY: "me-1" })).toMatchObject({
      lease: { namespace: "ours", name: "it" },
      identity: "me-1",
    });
    expect(readSettings({ LEADER_ELECTION: "false" }).lease).toBeUndefined();
    expect(() => readSettings({ IDENTITY: "a b" })).toThrow(/IDENTITY is "a b"/);
  });

  it.each([" ", "0x1f", "1e3", "-1", "80.5"])("take %j for no number", (value) => {
    expect(() => readSettings({ HTTP_PORT: value })).toThrow(
      `HTTP_PORT is ${JSON.stringify(value)}: a whole number from 0 to 65535 is expected`,
    );
  });

  it("name every variable that is wrong", () => {
    const bad = () => readSettings({ LOG_LEVEL: "loud", CONCURRENCY: "none", HTTP_PORT: "70000" });
    expect(bad).toThrow(/LOG_LEVEL is "loud"/);
    expect(bad).toThrow(/CONCURRENCY is "none"/);
    expect(bad).toThrow(/HTTP_PORT is "70000"/);
  });
});
