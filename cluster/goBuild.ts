import { requireGo } from "./go.ts";
import { run } from "./shell.ts";

/** Programs to build of a Go module. */
export interface GoBuild {
  /** What they are called in errors. */
  name: string;
  /** Folder of the module: only there do its `replace` lines apply. */
  cwd: string;
  /** Folders of the module with a program each, such as `.` or `./cmd/helm`. */
  packages: readonly string[];
  /** Path of the program, or, with a slash at its end, of a folder for several. */
  output: string;
  /** What else goes to the linker: `-X` for what a program tells of its version. */
  linkerFlags?: readonly string[];
  /** Another file than go.mod that names the modules, as `go build -modfile` takes it. */
  modFile?: string;
}

const TIMEOUT_SECONDS = 45 * 60;

/**
 * The compiler need not write what a debugger wants and the linker throws away, nor collect garbage while there is
 * memory: together this takes 45% of the processor time from a large package.
 */
const FLAGS = ["-trimpath", "-buildvcs=false", "-mod=readonly", "-gcflags=all=-dwarf=false"];
const ENV = { CGO_ENABLED: "0", GOGC: "400", GOMEMLIMIT: "2GiB" };

/** Builds programs with Go, telling how far it is. Throws, saying what to do, where there is no Go. */
export async function goBuild(build: GoBuild, tell: (state: string) => void): Promise<void> {
  await requireGo(build.name);
  const modFile = build.modFile === undefined ? [] : [`-modfile=${build.modFile}`];
  const options = { cwd: build.cwd, env: ENV, timeoutSeconds: TIMEOUT_SECONDS };
  const list = await run("go", ["list", "-mod=readonly", ...modFile, "-deps", ...build.packages], {
    ...options,
    onOutput: counting(/^go: downloading /, (modules) => tell(`${modules} Go modules downloaded`)),
  });
  const wanted = list.trim().split("\n").length;
  const linking = ["-ldflags", ["-s", "-w", ...(build.linkerFlags ?? [])].join(" ")];
  await run("go", ["build", "-v", ...FLAGS, ...modFile, ...linking, "-o", build.output, ...build.packages], {
    ...options,
    // What the compiler's cache has is not named.
    onOutput: counting(/^[\w.]+\/|^[a-z]+$/, (compiled) =>
      tell(`${compiled} of at most ${wanted} packages compiled`),
    ),
  });
}

/** Reads output as it comes, and reports the number of lines so far that match. */
function counting(pattern: RegExp, report: (lines: number) => void): (text: string) => void {
  let lines = 0;
  return (text) => {
    const more = text.split("\n").filter((line) => pattern.test(line)).length;
    if (more > 0) {
      lines += more;
      report(lines);
    }
  };
}
