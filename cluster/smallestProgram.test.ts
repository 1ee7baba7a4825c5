import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { expect, test } from "@jest/globals";
import { architecture } from "./imageArchive.ts";
import { tryRun } from "./shell.ts";
import { exitingProgram } from "./smallestProgram.ts";

test("makes programs with an ELF header for each processor", () => {
  for (const processor of ["amd64", "arm64"] as const) {
    expect(Buffer.from(exitingProgram(processor).slice(1, 4)).toString()).toBe("ELF");
  }
});

test("makes a program that ends with exit code 0", async () => {
  if (process.platform !== "linux") {
    return; // it is a Linux program, wherever it is made
  }
  const folder = await mkdtemp(join(tmpdir(), "hitcounter-smallest-"));
  try {
    await writeFile(join(folder, "exit"), exitingProgram(architecture()), { mode: 0o755 });
    expect(await tryRun(join(folder, "exit"), [])).toEqual({ code: 0, stdout: "", stderr: "" });
  } finally {
    await rm(folder, { recursive: true });
  }
});
