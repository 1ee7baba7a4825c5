import { packagesIn } from "../../bundle.ts";
import type { BaseImage } from "../baseImage.ts";
import { PROGRAMS, type Program, type Release } from "../names.ts";
import { type Component, cycloneDx, licensesOf } from "./cycloneDx.ts";
import { type NpmTree, readNpmTree } from "./npmTree.ts";

/**
 * The release's bills of materials, by the names of their files: of each image, and of the npm packages that it was made
 * with. `folder` has its sources, `epoch` is the time that they tell (seconds since 1970).
 */
export async function sboms(
  folder: string,
  release: Release,
  base: BaseImage,
  epoch: number,
): Promise<Map<string, string>> {
  const tree = await readNpmTree(folder);
  const files = new Map<string, string>();
  const shipped = new Set<Component>();
  for (const program of PROGRAMS) {
    const bundled = tree.only(await packagesIn(program, folder));
    for (const each of bundled) shipped.add(each);
    files.set(`hitcounter-${program}.cdx.json`, imageSbom(program, release, base, bundled, tree, epoch));
  }
  const components = tree.all.components.map((each): Component => {
    return { ...each, scope: shipped.has(each) ? "required" : "excluded" };
  });
  return files.set("hitcounter-npm.cdx.json", cycloneDx({ ...tree.all, components }, epoch));
}

/** Of an image: the base image, of which it is known which one it is, and the bundle with all that is in it. */
function imageSbom(
  program: Program,
  { version }: Release,
  base: BaseImage,
  bundled: readonly Component[],
  { needs, direct }: NpmTree,
  epoch: number,
): string {
  const name = `hitcounter-${program}`;
  const image: Component = {
    ...{ type: "container", "bom-ref": name, name, version },
    ...licensesOf("Apache-2.0"),
  };
  const bundle: Component = {
    ...{ type: "application", "bom-ref": `${name}/bundle`, name: `${program}.js`, version },
    description: "The program, with the packages that it needs, in one file.",
    ...licensesOf("Apache-2.0"),
  };
  const from = baseComponent(base);
  const refs = new Set(bundled.map((each) => each["bom-ref"]));
  const among = (some: readonly string[] = []) => some.filter((ref) => refs.has(ref));
  const contents = {
    component: image,
    components: [from, bundle, ...bundled],
    needs: new Map([
      [name, [from["bom-ref"], bundle["bom-ref"]]],
      [bundle["bom-ref"], among(direct)],
      ...[...refs].map((ref): [string, string[]] => [ref, among(needs.get(ref))]),
    ]),
    unlisted: [from["bom-ref"]],
  };
  return cycloneDx(contents, epoch);
}

function baseComponent({ name, tag, digest }: BaseImage): Component {
  return {
    ...{ type: "container", "bom-ref": name, name, version: digest ?? tag },
    description:
      "Debian's C and C++ libraries, certificates, time zones and Node.js. What of each, its publisher's own bill of materials says.",
    ...(digest !== undefined && {
      hashes: [{ alg: "SHA-256", content: digest.slice("sha256:".length) }] as const,
      purl: `pkg:oci/${name.slice(name.lastIndexOf("/") + 1)}@${encodeURIComponent(digest)}?repository_url=${name}&tag=${tag}`,
    }),
    properties: [
      { name: "hitcounter:base:tag", value: tag },
      { name: "hitcounter:base:pinned", value: `${digest !== undefined}` },
    ],
  };
}
