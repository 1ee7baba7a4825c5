import { describe, expect, it } from "@jest/globals";
import { hitCounterWith } from "../testing/fixtures.ts";
import { Settled } from "./settled.ts";

const hitCounter = hitCounterWith();
const { metadata } = hitCounter;
const [service, secret] = [{ kind: "Service" }, { kind: "Secret" }];

function noted() {
  const settled = new Settled();
  settled.note(hitCounter, "1.0.0", [service, secret]);
  return settled;
}

describe("what is settled", () => {
  it("stays so while every object is the very same, in whatever order, and with another status", () => {
    const told = { ...hitCounter, status: { hits: 7 }, metadata: { ...metadata, resourceVersion: "8" } };
    expect(noted().has(told, "1.0.0", [secret, service])).toBe(true);
  });

  it.each([
    ["an object was replaced by another, though an equal one", hitCounter, "1.0.0", [service, { ...secret }]],
    ["an object is gone", hitCounter, "1.0.0", [service]],
    ["there is one more", hitCounter, "1.0.0", [service, secret, { kind: "ConfigMap" }]],
    ["another version is to run", hitCounter, "1.1.0", [service, secret]],
    [
      "its spec was changed",
      { ...hitCounter, metadata: { ...metadata, generation: 2 } },
      "1.0.0",
      [service, secret],
    ],
    [
      "it was annotated",
      { ...hitCounter, metadata: { ...metadata, annotations: { a: "b" } } },
      "1.0.0",
      [service, secret],
    ],
    [
      "it was made anew",
      { ...hitCounter, metadata: { ...metadata, uid: "another" } },
      "1.0.0",
      [service, secret],
    ],
  ])("no longer is when %s", (_title, now, version, objects) => {
    expect(noted().has(now, version, objects)).toBe(false);
  });

  it("is forgotten with the HitCounter", () => {
    const settled = noted();
    settled.forget(metadata);
    expect(settled.has(hitCounter, "1.0.0", [service, secret])).toBe(false);
  });
});
