import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { exampleSpecs } from "../operator/api/exampleSpecs.ts";
import { hitCounterSpec } from "../operator/api/spec.ts";
import { fullSample } from "./fullSample.ts";

const sample = fullSample(exampleSpecs["as much as can be"], exampleSpecs["the other choices"]);

describe("the full sample", () => {
  it("is what a HitCounter is that says nothing but its version", () => {
    const { version } = exampleSpecs["as much as can be"];
    expect(parse(sample).spec).toEqual(hitCounterSpec.parse({ version }));
  });

  it("has fields without a default in comments, as in the example, and tells a description once", () => {
    expect(sample).toContain(`    # autoscaling:
    #   # The fewest counter pods there are, whatever the load.
    #   minReplicas: 3
`);
    expect(sample.match(/# autoscaling:/g)).toHaveLength(1);
    expect(sample.match(/# Labels of each pod/g)).toHaveLength(1);
    expect(sample.match(/# {3}labels: { team: web, /g)).toHaveLength(3);
  });

  it("has short lines, and the version in quotes", () => {
    expect(sample.split("\n").filter((line) => line.length > 110)).toEqual([]);
    expect(sample).toContain('  version: "1.0.0"\n');
  });
});
