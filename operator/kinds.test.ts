import { describe, expect, it } from "@jest/globals";
import { desiredObjects } from "./desired/index.ts";
import { childKinds, kinds, type Row } from "./kinds.ts";
import { hitCounterWith, inputsFor } from "./testing/fixtures.ts";

describe("the table of kinds", () => {
  it.each(Object.values(kinds).flatMap((rows) => Object.entries<Row>(rows)))(
    "has %s under its own name",
    (name, { kind }) => {
      expect(kind).toBe(name);
    },
  );

  it("has every object that is desired among the children, where it is", () => {
    const hitCounter = hitCounterWith({ counter: { autoscaling: { maxReplicas: 5 } } });
    const rows: Record<string, Row> = childKinds;
    for (const { apiVersion, kind = "" } of desiredObjects(inputsFor(hitCounter))) {
      expect([kind, rows[kind]?.apiVersion]).toEqual([kind, apiVersion]);
    }
  });
});
