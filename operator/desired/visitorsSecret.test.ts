import { describe, expect, it } from "@jest/globals";
import type { V1Deployment, V1Secret } from "@kubernetes/client-node";
import { hitCounterWith, inputsFor } from "../testing/fixtures.ts";
import { desiredObjects } from "./index.ts";
import { saltsIn } from "./visitorsSecret.ts";

const wanted = inputsFor(hitCounterWith({ visitors: { enabled: true } }));
const titles = (inputs: typeof wanted) =>
  desiredObjects(inputs).map(({ kind, metadata }) => `${kind} ${metadata?.name}`);
const find = <T>(title: string, inputs = wanted) =>
  desiredObjects(inputs).find(({ kind, metadata }) => `${kind} ${metadata?.name}` === title) as T;
const templateOf = (inputs: typeof wanted) =>
  find<V1Deployment>("Deployment web-counter", inputs).spec?.template;

describe("the Secret of salts", () => {
  it("is there before the counters that read it, and only where visitors are counted", () => {
    const all = titles(wanted);
    expect(all.indexOf("Secret web-visitors")).toBeGreaterThan(-1);
    expect(all.indexOf("Secret web-visitors")).toBeLessThan(all.indexOf("Deployment web-counter"));
    expect(titles(inputsFor(hitCounterWith()))).not.toContain("Secret web-visitors");
  });

  it("is a folder to the counters, which start without it too", () => {
    const { containers = [], volumes } = templateOf(wanted)?.spec ?? {};
    expect(volumes).toContainEqual({
      name: "visitors",
      secret: { secretName: "web-visitors", defaultMode: 0o440, optional: true },
    });
    const mountPath = "/run/secrets/visitors";
    expect(containers[0]?.volumeMounts).toContainEqual({ name: "visitors", mountPath, readOnly: true });
    expect(containers[0]?.env).toContainEqual({ name: "VISITOR_SALT_FOLDER", value: mountPath });
  });

  it("is alone in having them, and others of them are no other pod", () => {
    const { data = {} } = find<V1Secret>("Secret web-visitors");
    expect(Object.keys(data)).toEqual(["2026-01-02", "2026-01-03"]);
    const others = desiredObjects(wanted).filter(({ metadata }) => metadata?.name !== "web-visitors");
    for (const salt of Object.values(data)) expect(JSON.stringify(others)).not.toContain(salt);
    const nextDay = { ...wanted, salts: { "2026-01-04": Buffer.alloc(32, 7).toString("base64") } };
    expect(templateOf(nextDay)).toEqual(templateOf(wanted));
  });

  it("gives the salts that are in it, but for what can't be one", () => {
    const secret = find<V1Secret>("Secret web-visitors");
    expect(saltsIn(secret)).toEqual(wanted.salts);
    expect(saltsIn({ data: { ...secret.data, "2026-01-04": "dG9vIHNob3J0" } })).toEqual(wanted.salts);
    expect(saltsIn(undefined)).toEqual({});
  });
});
