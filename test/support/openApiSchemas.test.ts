import { describe, expect, it } from "@jest/globals";
import { schemasOf } from "./openApiSchemas.ts";

const definitions = {
  "io.example.Widget": {
    type: "object",
    "x-kubernetes-group-version-kind": [{ group: "parts.example.com", version: "v1", kind: "Widget" }],
    required: ["size"],
    properties: {
      size: { type: "string", format: "int-or-string" },
      weight: { $ref: "#/definitions/io.k8s.apimachinery.pkg.api.resource.Quantity" },
      labels: { type: "object", additionalProperties: { type: "string" } },
      parts: { type: "array", items: { type: "object", properties: { name: { type: "string" } } } },
      raw: { type: "object", properties: {}, "x-kubernetes-preserve-unknown-fields": true },
    },
  },
  "io.k8s.apimachinery.pkg.api.resource.Quantity": { type: "string" },
};
const numberOrText = { oneOf: [{ type: "string" }, { type: "number" }] };

describe("schemasOf", () => {
  const schemas = schemasOf({ definitions });

  it("names a kind's file as kubeconform looks for it, and leads to its definition", () => {
    expect(schemas.get("widget-parts-v1.json")).toEqual({
      $ref: "_definitions.json#/definitions/io.example.Widget",
    });
  });

  it("takes no field that is not known, at any depth, but where the API server keeps all", () => {
    expect(schemas.get("_definitions.json")).toEqual({
      definitions: {
        "io.example.Widget": {
          type: "object",
          required: ["size"],
          additionalProperties: false,
          properties: {
            size: numberOrText,
            weight: definitions["io.example.Widget"].properties.weight,
            labels: definitions["io.example.Widget"].properties.labels,
            parts: {
              type: "array",
              items: {
                type: "object",
                properties: { name: { type: "string" } },
                additionalProperties: false,
              },
            },
            raw: definitions["io.example.Widget"].properties.raw,
          },
        },
        "io.k8s.apimachinery.pkg.api.resource.Quantity": numberOrText,
      },
    });
  });
});
