import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeLayer } from "../../cluster/imageArchive.ts";
import { run } from "../../cluster/shell.ts";

/** How a variant of an image differs from it. */
export interface Variant {
  /** Variables of its environment. */
  env?: Readonly<Record<string, string>>;
  /** Files, by their path in the image; their contents. */
  files?: Readonly<Record<string, string>>;
}

/** Something in a containerd's store, as the image specification describes it. */
interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
}

/** An image as a containerd has it, in the image specification's words. */
export interface StoredImage {
  manifest: { mediaType: string; config: Descriptor; layers: Descriptor[] };
  config: { config?: { Env?: string[] }; rootfs: { diff_ids: string[] }; history?: object[] };
}

const LAYER = "application/vnd.docker.image.rootfs.diff.tar";

/**
 * Writes a variant of an image as an archive for a containerd that has the image: it holds what is new, and only names
 * the layers that are there. It is made in this folder, and its path is returned.
 */
export async function writeVariant(
  { manifest, config }: StoredImage,
  tag: string,
  { env = {}, files = {} }: Variant,
  folder: string,
): Promise<string> {
  const layout = join(folder, "layout");
  const blobs = join(layout, "blobs/sha256");
  await mkdir(blobs, { recursive: true });
  const store = async (mediaType: string, content: string | Buffer): Promise<Descriptor> => {
    const digest = createHash("sha256").update(content).digest("hex");
    await writeFile(join(blobs, digest), content);
    return { mediaType, digest: `sha256:${digest}`, size: Buffer.byteLength(content) };
  };
  const stored = (content: object, mediaType: string) => store(mediaType, JSON.stringify(content));

  const added: Descriptor[] = [];
  if (Object.keys(files).length > 0) {
    for (const [path, content] of Object.entries(files)) {
      const file = join(folder, "files", path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content, { mode: 0o644 });
    }
    await writeLayer(join(folder, "files"), join(folder, "layer.tar"));
    added.push(await store(LAYER, await readFile(join(folder, "layer.tar"))));
  }
  const kept = (config.config?.Env ?? []).filter((each) => !((each.split("=")[0] ?? "") in env));
  const changed = {
    ...config,
    config: { ...config.config, Env: [...kept, ...Object.entries(env).map((each) => each.join("="))] },
    rootfs: { ...config.rootfs, diff_ids: [...config.rootfs.diff_ids, ...added.map(({ digest }) => digest)] },
    history: [...(config.history ?? []), ...added.map(() => ({ created: "1970-01-01T00:00:00Z" }))],
  };
  const image = {
    ...manifest,
    config: await stored(changed, manifest.config.mediaType),
    layers: [...manifest.layers, ...added],
  };
  const entry = await stored(image, manifest.mediaType);
  const index = {
    schemaVersion: 2,
    manifests: [{ ...entry, annotations: { "io.containerd.image.name": tag } }],
  };
  await writeFile(join(layout, "index.json"), JSON.stringify(index));
  await writeFile(join(layout, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  const archive = join(folder, "variant.tar");
  await run("tar", ["--create", "--file", archive, "--directory", layout, "."]);
  return archive;
}
