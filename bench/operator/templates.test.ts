import { describe, expect, it } from "@jest/globals";
import { desiredObjects } from "../../operator/desired/index.ts";
import { sameAsApplied } from "../../operator/runtime/differences.ts";
import { hitCounterWith, inputsFor } from "../../operator/testing/fixtures.ts";
import { filled, makeTemplates } from "./templates.ts";

describe("the templates that peers apply", () => {
  const { objects, status } = makeTemplates();
  const which = { name: "web", namespace: "demo", uid: "uid-of-web" };

  it("are the operator's own objects once they are filled in", () => {
    // But for what hangs on the images, the password and the address: bytes of the same length or nearly.
    const shape = (value: unknown): unknown =>
      typeof value === "object" && value !== null
        ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shape(inner)]))
        : typeof value;
    const own = desiredObjects(inputsFor(hitCounterWith()));
    const theirs = objects.map((object) => filled(object, which));
    expect(theirs.map(({ kind, metadata }) => [kind, metadata?.name, metadata?.namespace])).toEqual(
      own.map(({ kind, metadata }) => [kind, metadata?.name, metadata?.namespace]),
    );
    for (const [index, object] of own.entries()) {
      expect(sameAsApplied(shape(object), shape(theirs[index]))).toBe(true);
    }
  });

  it("leave no placeholder behind", () => {
    for (const object of [...objects, status]) {
      expect(JSON.stringify(object)).toContain("__");
      expect(JSON.stringify(filled(object, which))).not.toContain("__");
    }
  });
});
