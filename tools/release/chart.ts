import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { run } from "../../cluster/shell.ts";
import { writeArchive } from "./archive.ts";
import { type Release, withRegistry } from "./names.ts";

const CHART = "charts/hitcounter";

/**
 * Packs the chart of this folder, with the registry of the release, as NAME-VERSION.tgz into another; returns the file's
 * name. Its files get one time (seconds since 1970).
 */
export async function packageChart(
  folder: string,
  into: string,
  { version, registry }: Release,
  epoch: number,
): Promise<string> {
  const chart = join(folder, CHART);
  const missing = ["Chart.yaml", "values.yaml"].filter((file) => !existsSync(join(chart, file)));
  if (missing.length > 0) {
    throw new Error(`A release has a chart, but ${CHART} is missing, or lacks ${missing.join(", ")}`);
  }
  const about = parse(await readFile(join(chart, "Chart.yaml"), "utf8")) as Record<string, unknown>;
  for (const field of ["version", "appVersion"]) {
    if (about[field] !== version) {
      throw new Error(
        `${CHART}/Chart.yaml: ${field} must be ${version}, as in package.json, not ${about[field]}`,
      );
    }
  }
  const packed = await mkdtemp(join(tmpdir(), "hitcounter-chart-"));
  try {
    await run("helm", ["package", chart, "--destination", packed]);
    const file = `${about.name}-${version}.tgz`;
    // Again, as Helm writes the time at which it packs.
    await run("tar", ["--extract", "--gzip", "--file", join(packed, file), "--directory", packed]);
    const values = join(packed, String(about.name), "values.yaml");
    await writeFile(values, withRegistry(await readFile(values, "utf8"), registry));
    await writeArchive(join(into, file), packed, [String(about.name)], epoch);
    return file;
  } finally {
    await rm(packed, { recursive: true });
  }
}
