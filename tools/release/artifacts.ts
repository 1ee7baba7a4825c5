import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { PodTemplatesByVersion } from "../podTemplates.ts";
import { writeArchive } from "./archive.ts";
import { type BaseImage, pinned } from "./baseImage.ts";
import { packageChart } from "./chart.ts";
import { installManifest } from "./manifest.ts";
import { imageOf, PROGRAMS, type Release, withRegistry } from "./names.ts";
import { sboms } from "./sbom/sboms.ts";

/** The file with the checksum of every other one. */
export const CHECKSUMS = "SHA256SUMS";

const COMPOSE_FILES = ["compose.yaml", "compose/nginx.conf", "compose/redis.sh"];

/** What is not in the sources: what the changelog says, the time that files get (seconds since 1970), and the base image. */
export interface About {
  notes: string;
  epoch: number;
  base: BaseImage;
}

/** Makes every file of the release from this folder; another one has them, and nothing else, once all are made. */
export async function writeArtifacts(
  folder: string,
  into: string,
  release: Release,
  about: About,
): Promise<void> {
  const made = await mkdtemp(join(tmpdir(), "hitcounter-artifacts-"));
  try {
    await makeArtifacts(folder, made, release, about);
    await rm(into, { recursive: true, force: true });
    await cp(made, into, { recursive: true });
  } finally {
    await rm(made, { recursive: true });
  }
}

async function makeArtifacts(
  folder: string,
  into: string,
  release: Release,
  { notes, epoch, base }: About,
): Promise<void> {
  const { version } = release;
  const write = (name: string, text: string) => writeFile(join(into, name), text);
  const read = (name: string) => readFile(join(folder, name), "utf8");
  await write("install.yaml", await installManifest(folder, release));
  const chart = await packageChart(folder, into, release, epoch);
  await writeCompose(folder, into, release, epoch);
  await write("hitcounter.yaml", withVersion(await read("samples/hitcounter.yaml"), version));
  const templates = JSON.parse(await read("tools/podTemplates.json")) as PodTemplatesByVersion;
  await write("pod-templates.json", `${JSON.stringify({ [version]: templates[version] }, null, 2)}\n`);
  for (const [name, text] of await sboms(folder, release, base, epoch)) await write(name, text);
  await write("release-notes.md", releaseNotes(release, chart, notes, base));
  await write(CHECKSUMS, await checksums(into));
}

/** The sample, with the counter's version of the release. */
function withVersion(sample: string, version: string): string {
  const pattern = /^( {2}version: ").*"$/m;
  if (!pattern.test(sample)) throw new Error("samples/hitcounter.yaml has no line of spec.version to change");
  return sample.replace(pattern, `$1${version}"`);
}

/** What `docker compose up` needs, below one folder, with the registry of the release. */
async function writeCompose(
  folder: string,
  into: string,
  { version, registry }: Release,
  epoch: number,
): Promise<void> {
  const name = `hitcounter-compose-${version}`;
  const packed = await mkdtemp(join(tmpdir(), "hitcounter-compose-"));
  try {
    for (const file of COMPOSE_FILES) {
      const to = join(packed, name, file);
      await mkdir(dirname(to), { recursive: true });
      await cp(join(folder, file), to);
    }
    const compose = join(packed, name, "compose.yaml");
    await writeFile(compose, withRegistry(await readFile(compose, "utf8"), registry));
    await writeArchive(join(into, `${name}.tgz`), packed, [name], epoch);
  } finally {
    await rm(packed, { recursive: true });
  }
}

const releaseNotes = (
  release: Release,
  chart: string,
  notes: string,
  base: BaseImage,
) => `# HitCounter ${release.version}

${notes}

## Files

- \`install.yaml\`: the CRD, the operator and its rights, for \`kubectl apply -f install.yaml\`
- \`${chart}\`: the same as a Helm chart
- \`hitcounter.yaml\`: a HitCounter to apply
- \`hitcounter-compose-${release.version}.tgz\`: for Docker Compose, without Kubernetes
- \`pod-templates.json\`: hashes of the pods that this operator makes, by which the next release tells what it restarts
- \`hitcounter-operator.cdx.json\`, \`hitcounter-counter.cdx.json\`, \`hitcounter-npm.cdx.json\`: what is in each image, and with which npm packages all was made (CycloneDX)
- \`${CHECKSUMS}\`: \`sha256sum --check ${CHECKSUMS}\`

Images: ${PROGRAMS.map((program) => `\`${imageOf(program, release)}\``).join(", ")}, on \`${pinned(base)}\`
`;

/** The checksum of each file, as sha256sum writes and reads them. */
async function checksums(folder: string): Promise<string> {
  const names = (await readdir(folder)).sort();
  const lines = await Promise.all(
    names.map(async (name) => {
      const hash = createHash("sha256").update(await readFile(join(folder, name)));
      return `${hash.digest("hex")}  ${name}\n`;
    }),
  );
  return lines.join("");
}
