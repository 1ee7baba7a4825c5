import { run } from "./shell.ts";
import { which } from "./tools.ts";

/** The oldest Go that understands the toolchain lines of today's modules, and fetches a newer one by itself. */
const OLDEST_GO = 21;

/** Throws, saying what to do, where Go is missing or too old. */
export async function requireGo(what: string): Promise<void> {
  const advice = "install Go 1.24 or later and try again";
  if (!which("go")) {
    throw new Error(`${what} is built from Go sources here, but Go is missing: ${advice}`);
  }
  const version = (await run("go", ["env", "GOVERSION"])).trim();
  const minor = Number(/^go1\.(\d+)/.exec(version)?.[1] ?? 0);
  if (minor < OLDEST_GO) {
    throw new Error(
      `${what} is built from Go sources here, but Go is ${version || "of an unknown version"}, which is too old: ${advice}`,
    );
  }
}
