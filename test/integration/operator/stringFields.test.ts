import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { hitCounterSpec } from "../../../operator/api/spec.ts";
import { hitCounters } from "../../../operator/kinds.ts";
import { collectionPath } from "../../../operator/runtime/objects.ts";
import { NASTY, specWith, stringFields } from "../../../operator/testing/stringFields.ts";
import { sharedApiServer } from "../../support/apiServer.ts";
import { sizeOf } from "../../support/size.ts";

const runs = sizeOf("STRING_FIELD_VALUES", { test: 3, soak: 300 });
const api = sharedApiServer();

/** What the API server has against a HitCounter, or nothing; it keeps none. */
async function objectionTo(spec: object): Promise<string> {
  const hitCounter = {
    apiVersion: "hitcounter.dev/v1alpha1",
    kind: "HitCounter",
    metadata: { name: "example", namespace: "default" },
    spec,
  };
  const { status, body } = await api.kubectl.client.raw("POST", collectionPath(hitCounters, "default"), {
    query: { fieldValidation: "Strict", dryRun: "All" },
    headers: { "content-type": "application/json" },
    body: JSON.stringify(hitCounter),
  });
  return status < 300 ? "" : (JSON.parse(body) as { message: string }).message;
}

describe.each(Object.entries(stringFields))("spec.%s", (field, { values, takesAnything = false }) => {
  it("is taken by the API server where it is right", async () => {
    const each = fc.sample(values, runs).map(async (value) => {
      expect([value, await objectionTo(specWith(field, value))]).toEqual([value, ""]);
    });
    await Promise.all(each);
  });

  it("is refused by the API server, by its name, where it would be by the operator's own schema", async () => {
    const [name = ""] = field.replaceAll("[]", "").split("{");
    const each = (takesAnything ? ["a\0"] : NASTY).map(async (text) => {
      const spec = specWith(field, text);
      const taken = hitCounterSpec.safeParse(spec).success && field !== "message"; // its NUL is refused by a rule alone
      const objection = (await objectionTo(spec)).replaceAll(/\[\d+\]/g, "");
      expect([text, objection]).toEqual([text, taken ? "" : expect.stringContaining(`spec.${name}`)]);
    });
    await Promise.all(each);
  });
});
