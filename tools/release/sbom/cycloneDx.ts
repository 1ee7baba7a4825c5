import { createHash } from "node:crypto";

/** A part of something, in the words of CycloneDX 1.6, as far as they are used here. */
export interface Component {
  readonly type: "application" | "container" | "library";
  /** By which the rest of the document names it. */
  readonly "bom-ref": string;
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  /** `excluded`: it is on the machine of who builds, and in nothing that is released. */
  readonly scope?: "required" | "excluded";
  readonly hashes?: readonly { readonly alg: "SHA-256" | "SHA-512"; readonly content: string }[];
  readonly licenses?: readonly Licence[];
  readonly purl?: string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}
type Licence = { readonly license: { readonly id: string } } | { readonly expression: string };

/** What a document is about: the thing, its parts, and which part needs which. */
export interface Contents {
  readonly component: Component;
  readonly components: readonly Component[];
  /** By the bom-ref of each, the bom-refs of what it needs itself. */
  readonly needs: ReadonlyMap<string, readonly string[]>;
  /** The bom-refs of parts whose own parts are not listed. */
  readonly unlisted?: readonly string[];
}

/** A licence, or a choice of some, as SPDX writes them. */
export const licensesOf = (expression: string | undefined): Pick<Component, "licenses"> => {
  if (expression === undefined) return {};
  return { licenses: [/[ ()]/.test(expression) ? { expression } : { license: { id: expression } }] };
};

/**
 * A document of CycloneDX. The same contents at the same time (seconds since 1970) make the same bytes: its serial number
 * is of its contents.
 */
export function cycloneDx({ component, components, needs, unlisted = [] }: Contents, epoch: number): string {
  const byRef = (one: { readonly "bom-ref": string }, other: { readonly "bom-ref": string }) =>
    one["bom-ref"] < other["bom-ref"] ? -1 : 1;
  const sorted = components.toSorted(byRef);
  const body = {
    version: 1,
    metadata: { timestamp: `${new Date(epoch * 1000).toISOString().slice(0, 19)}Z`, component },
    components: sorted,
    dependencies: [component, ...sorted].map(({ "bom-ref": ref }) => ({
      ref,
      dependsOn: (needs.get(ref) ?? []).toSorted(),
    })),
    compositions: [
      ...(unlisted.length > 0 ? [{ aggregate: "unknown", assemblies: unlisted.toSorted() }] : []),
      { aggregate: "complete", assemblies: [component["bom-ref"]] },
    ],
  };
  const document = {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify(body))}`,
    ...body,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** A UUID (version 8 of RFC 9562) of a text. */
function uuidOf(text: string): string {
  const hash = createHash("sha256").update(text).digest("hex");
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `8${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join("-");
}
