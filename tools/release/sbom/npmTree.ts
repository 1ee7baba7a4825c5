import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Component, type Contents, licensesOf } from "./cycloneDx.ts";

/** A package of package-lock.json, by its path: `node_modules/zod`. The product itself has the empty one. */
interface Locked {
  readonly name?: string;
  readonly version: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
type Packages = Readonly<Record<string, Locked>>;

/** The npm packages that a release is made with, down to the last, as its lock file has them. */
export interface NpmTree {
  /** All of them. */
  readonly all: Contents;
  /** Those of some names and versions alone, with what each of them needs of the others. */
  only(some: readonly { readonly name: string; readonly version: string }[]): Component[];
  /** What a part of these needs of them, by bom-ref. */
  readonly needs: Contents["needs"];
  /** The bom-refs of what the product itself names as its dependencies. */
  readonly direct: readonly string[];
}

const nameAt = (path: string) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
const refOf = (name: string, version: string) =>
  `pkg:npm/${name.split("/").map(encodeURIComponent).join("/")}@${version}`;

/** Reads the lock file of a folder. */
export async function readNpmTree(folder: string): Promise<NpmTree> {
  const { packages } = JSON.parse(await readFile(join(folder, "package-lock.json"), "utf8")) as {
    packages: Packages;
  };
  const { "": product, ...others } = packages;
  if (product?.name === undefined) throw new Error("package-lock.json does not name the product");
  const components = new Map<string, Component>();
  const needs = new Map<string, string[]>();
  for (const [path, locked] of Object.entries(others)) {
    const component = componentOf(locked.name ?? nameAt(path), locked); // a name of its own: an alias
    const ref = component["bom-ref"];
    components.set(ref, component); // the same may be at two places
    const { dependencies, optionalDependencies } = locked;
    needs.set(ref, [
      ...new Set([
        ...(needs.get(ref) ?? []),
        ...found(packages, path, { ...dependencies, ...optionalDependencies }),
      ]),
    ]);
  }
  const self = refOf(product.name, product.version);
  const direct = found(packages, "", { ...product.dependencies, ...product.optionalDependencies });
  needs.set(self, [...direct, ...found(packages, "", { ...product.devDependencies })]);
  const component: Component = {
    type: "application",
    "bom-ref": self,
    name: product.name,
    version: product.version,
    ...licensesOf(product.license),
    purl: self,
  };
  return {
    all: { component, components: [...components.values()], needs },
    only: (some) =>
      some.map(({ name, version }) => {
        const known = components.get(refOf(name, version));
        if (known === undefined) throw new Error(`package-lock.json has no ${name} ${version}`);
        return known;
      }),
    needs,
    direct,
  };
}

/** Where Node.js finds packages of these names from a package's folder: the nearest node_modules that has them. */
function found(packages: Packages, from: string, names: Readonly<Record<string, string>>): string[] {
  return Object.keys(names).flatMap((name) => {
    for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf("/node_modules/")))) {
      const locked = packages[at === "" ? `node_modules/${name}` : `${at}/node_modules/${name}`];
      if (locked) return [refOf(locked.name ?? name, locked.version)];
      if (at === "") return []; // of another platform
    }
  });
}

function componentOf(name: string, { version, integrity, license }: Locked): Component {
  const [alg, base64 = ""] = integrity?.split(/-(.*)/s) ?? [];
  const content = Buffer.from(base64, "base64").toString("hex");
  return {
    type: "library",
    "bom-ref": refOf(name, version),
    name,
    version,
    ...(alg === "sha512" && { hashes: [{ alg: "SHA-512", content }] }),
    ...licensesOf(license),
    purl: refOf(name, version),
  };
}
