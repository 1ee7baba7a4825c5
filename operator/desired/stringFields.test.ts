import { describe, expect, it } from "@jest/globals";
import type { V1EnvVar } from "@kubernetes/client-node";
import fc from "fast-check";
import type { HitCounterSpecInput } from "../api/hitCounter.ts";
import { hitCounterSpec } from "../api/spec.ts";
import { hitCounterWith, inputsFor } from "../testing/fixtures.ts";
import { NASTY, type Reader, specWith, stringFields, stringFieldsOfSchema } from "../testing/stringFields.ts";
import { desiredObjects } from "./index.ts";

const fields = Object.entries(stringFields);

interface Container {
  command?: string[];
  args?: string[];
  env?: V1EnvVar[];
}

/** All that more than Kubernetes reads of what is made of a spec, a text a line, by its reader. */
function read(spec: Partial<HitCounterSpecInput>): Record<Reader, string[]> {
  const texts: Record<Reader, string[]> = { "nginx.conf": [], environment: [], command: [], Secret: [] };
  for (const object of desiredObjects(inputsFor(hitCounterWith(spec))) as Fields[]) {
    const data = Object.values((object.data ?? {}) as Fields).map(String);
    if (object.kind === "ConfigMap") texts["nginx.conf"].push(...data.flatMap((file) => file.split("\n")));
    if (object.kind === "Secret") texts.Secret.push(...data);
    const template = at(object, "spec", "template") ?? at(object, "spec", "jobTemplate", "spec", "template");
    const { containers = [], initContainers = [] } = (at(template, "spec") ?? {}) as {
      containers?: Container[];
      initContainers?: Container[];
    };
    for (const { command = [], args = [], env = [] } of [...initContainers, ...containers]) {
      texts.command.push(...command, ...args);
      texts.environment.push(
        ...env.map((variable) => JSON.stringify({ ...variable, value: expanded(variable.value) })),
      );
    }
  }
  return texts;
}

type Fields = Record<string, unknown>;
const at = (object: unknown, ...path: string[]) =>
  path.reduce<unknown>((holder, step) => (holder as Fields | undefined)?.[step], object);

/** What a container is given where this is written: the kubelet's own rules, for variables that there are none of. */
const expanded = (value = "") =>
  value.replaceAll(/\$\$|\$\(([^)]*)\)/g, (all) => (all === "$$" ? "$" : `variable ${all}`));

/** What is read of one spec and not of another. */
const differing = (one: string[], other: string[]) => {
  const rest = [...other];
  return one.filter((text) => {
    const position = rest.indexOf(text);
    if (position !== -1) rest.splice(position, 1);
    return position === -1;
  });
};

it("all fields of spec that hold text are known, and who reads them", () => {
  expect(Object.keys(stringFields).sort()).toEqual(stringFieldsOfSchema().sort());
});

describe.each(fields)("spec.%s", (field, { values, readers, takesAnything = false }) => {
  it("says its value and no more to whoever reads it", () => {
    const before = read(specWith(field, fc.sample(values, { numRuns: 1, seed: 1 })[0] ?? ""));
    fc.assert(
      fc.property(values, (value) => {
        const spec = specWith(field, value);
        expect(hitCounterSpec.safeParse(spec).error?.issues).toBeUndefined();
        const now = read(spec);
        for (const [reader, texts] of Object.entries(now) as [Reader, string[]][]) {
          const said = differing(texts, before[reader]);
          expect({ reader, count: said.length <= 1 && texts.length === before[reader].length }).toEqual({
            reader,
            count: true,
          });
          for (const each of said) expect([readers, each]).toEqual([[reader], wordsOf[reader]?.(value)]);
        }
      }),
      { numRuns: 10 },
    );
  });

  it("takes nasty text for text, where it takes any, and else refuses it by its name", () => {
    const [name = ""] = field.replaceAll("[]", "").split("{");
    for (const text of NASTY) {
      const { success, error } = hitCounterSpec.safeParse(specWith(field, text));
      const refused = error?.issues.map(({ path }) =>
        path.filter((step) => typeof step === "string").join("."),
      );
      if (success) expect({ text, isText: takesAnything }).toEqual({ text, isText: true });
      else
        for (const path of refused ?? [])
          expect(`${path}.`).toMatch(new RegExp(`^${name.replaceAll(".", "[.]")}[.]`));
    }
  });
});

/** How each reader is told of a value. */
const wordsOf: Partial<Record<Reader, (value: string) => string>> = {
  "nginx.conf": (range) => `    set_real_ip_from ${range};`,
  command: (word) => word,
  environment: (message) => JSON.stringify({ name: "MESSAGE", value: message }),
};
