import { describe, expect, it } from "@jest/globals";
import { mostPages } from "../../counter/contract.ts";
import { exampleSpecs } from "../api/exampleSpecs.ts";
import { hitCounterSpec } from "../api/spec.ts";
import { hitCounterWith } from "../testing/fixtures.ts";
import { counterRevision } from "./counterRevision.ts";
import {
  counterSettingsOf,
  readCounterSettings,
  revisionOf,
  withCounterSettings,
} from "./counterSettings.ts";

const full = hitCounterWith(exampleSpecs["as much as can be"]);
const reversed = (value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(
        Object.entries(value)
          .map(([name, inner]) => [name, reversed(inner)])
          .reverse(),
      )
    : value;

describe("the settings of the counter", () => {
  it.each([
    ["as little as can be", hitCounterWith()],
    ["all that can be", full],
  ])("are kept and read as they were: %s", (_title, hitCounter) => {
    const settings = counterSettingsOf(hitCounter.spec);
    const { data } = counterRevision(hitCounter, settings);
    const kept = readCounterSettings(reversed(JSON.parse(JSON.stringify(data))));
    expect(kept).toEqual(settings);
    expect(kept && revisionOf(kept)).toBe(revisionOf(settings));
  });

  it.each<[string, Parameters<typeof hitCounterWith>[0]]>([
    ["version", { version: "1.1.0" }],
    ["message", { message: "{hits}" }],
    ["pull secrets", { imagePullSecrets: [{ name: "other" }] }],
    ["image", { counter: { image: "example.com/x" } }],
    ["resources", { counter: { resources: {} } }],
    ["number of pages", { pages: { max: 1 } }],
    ["wish for visitors", { visitors: { enabled: true } }],
    ["pods", { counter: { pod: { labels: { a: "b" } } } }],
  ])("have another name with another %s", (_title, spec) => {
    expect(revisionOf(counterSettingsOf(hitCounterWith(spec).spec))).not.toBe(
      revisionOf(counterSettingsOf(hitCounterWith().spec)),
    );
  });

  it("have the same name whatever else spec says", () => {
    const other = hitCounterWith({
      counter: { replicas: 7 },
      proxy: { replicas: 1 },
      redis: { durability: "everysec" },
    });
    expect(revisionOf(counterSettingsOf(other.spec))).toBe(
      revisionOf(counterSettingsOf(hitCounterWith().spec)),
    );
  });

  it("have the name that they had before there were pages and visitors, where none are wanted", () => {
    const settings = counterSettingsOf(
      hitCounterWith({ pages: { max: 0 }, visitors: { enabled: false } }).spec,
    );
    expect(settings).not.toHaveProperty("pages");
    expect(settings).not.toHaveProperty("visitors");
  });

  it("let as many pages be wanted as a counter takes", () => {
    const wanting = (max: number) => hitCounterSpec.safeParse({ version: "1.0.0", pages: { max } }).success;
    expect([wanting(mostPages), wanting(mostPages + 1)]).toEqual([true, false]);
  });

  it("replace those of a spec, and nothing else of it", () => {
    const wanted = hitCounterWith({ ...full.spec, counter: { ...full.spec.counter, replicas: 7 } });
    const healthy = counterSettingsOf(hitCounterWith().spec);
    const { spec } = withCounterSettings(wanted, healthy);
    expect(counterSettingsOf(spec)).toEqual(healthy);
    expect(spec.counter.replicas).toBe(7);
    expect(spec.proxy).toEqual(wanted.spec.proxy);
  });

  it("are none in what is none", () => {
    expect(readCounterSettings(undefined)).toBeUndefined();
    expect(readCounterSettings({ spec: {} })).toBeUndefined();
  });
});
