import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { run } from "../../cluster/shell.ts";
import { type StoredImage, writeVariant } from "./imageVariant.ts";

const BASE = { mediaType: "layer", digest: `sha256:${"1".repeat(64)}`, size: 100 };
const stored: StoredImage = {
  manifest: { mediaType: "manifest", config: { ...BASE, mediaType: "config" }, layers: [BASE] },
  config: { config: { Env: ["PORT=8080", "PATH=/bin"] }, rootfs: { diff_ids: [BASE.digest] }, history: [{}] },
};
let folder: string;
let unpacked: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hitcounter-variant-"));
  unpacked = await mkdtemp(join(tmpdir(), "hitcounter-unpacked-"));
  const variant = { env: { PORT: "8099" }, files: { "/app/program.js": "changed" } };
  const archive = await writeVariant(stored, "localhost/program:changed", variant, folder);
  await run("tar", ["--extract", "--file", archive, "--directory", unpacked]);
});
afterAll(async () => {
  for (const each of [folder, unpacked]) await rm(each, { recursive: true, force: true });
});

const blob = (digest: string) => join(unpacked, "blobs/sha256", digest.replace("sha256:", ""));
const json = async <T>(path: string) => JSON.parse(await readFile(path, "utf8")) as T;
async function variant() {
  const { manifests } = await json<{ manifests: { digest: string; annotations: object }[] }>(
    join(unpacked, "index.json"),
  );
  const [{ digest = "", annotations = {} } = {}] = manifests;
  const manifest = await json<StoredImage["manifest"]>(blob(digest));
  const config = await json<StoredImage["config"]>(blob(manifest.config.digest));
  return { annotations, manifest, config };
}

describe("the archive of a variant", () => {
  it("names the layers that are there, and holds the one that is new", async () => {
    const { manifest, config } = await variant();
    const [base, added] = manifest.layers;
    expect([manifest.layers.length, base]).toEqual([2, BASE]);
    expect(config.rootfs.diff_ids).toEqual([BASE.digest, added?.digest]);
    const files = await run("tar", [
      "--extract",
      "--to-stdout",
      "--file",
      blob(added?.digest ?? ""),
      "./app/program.js",
    ]);
    expect(files).toBe("changed");
    expect(await readdir(join(unpacked, "blobs/sha256"))).toHaveLength(3);
  });

  it("has the image's environment with what is changed in it, and its new name", async () => {
    const { annotations, config } = await variant();
    expect(config.config?.Env).toEqual(["PATH=/bin", "PORT=8099"]);
    expect(annotations).toEqual({ "io.containerd.image.name": "localhost/program:changed" });
  });
});
