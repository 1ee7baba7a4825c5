import { spawn } from "node:child_process";
import process from "node:process";

/** How to run a command. */
export interface RunOptions {
  /** Added to this process's environment. */
  env?: Record<string, string>;
  /** Written to the command's standard input. */
  input?: string;
  /** Working folder. */
  cwd?: string;
  /** The command is killed after this many seconds. Default 600. */
  timeoutSeconds?: number;
  /** Given each chunk the command prints, as it comes. */
  onOutput?: (text: string) => void;
}

/** What a command printed and how it ended. */
export interface RunResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command to its end, whatever its exit code; a command that is not there, or out of time, throws. */
export function tryRun(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const { env, input, cwd, timeoutSeconds = 600, onOutput } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill("SIGKILL");
    }, timeoutSeconds * 1000);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      onOutput?.(text);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      onOutput?.(text);
    });
    child.stdin.on("error", () => {}); // a command may exit before it has read its input
    child.stdin.end(input ?? "");
    child.on("error", (cause) => {
      clearTimeout(timer);
      reject(new Error(`${command} could not be started: ${cause.message}`, { cause }));
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      if (timedOut) {
        reject(
          new Error(`${command} ${args.join(" ")} was stopped after ${timeoutSeconds} s\n${tail(stderr)}`),
        );
      } else {
        resolve({ code: code ?? -1, stdout, stderr });
      }
    });
  });
}

/** Runs a command and returns its standard output; a non-zero exit throws with the end of what it printed. */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const result = await tryRun(command, args, options);
  if (result.code !== 0) {
    throw new Error(
      `${command} ${args.join(" ")} failed with exit code ${result.code}\n${tail(result.stderr || result.stdout)}`,
    );
  }
  return result.stdout;
}

const tail = (text: string) => text.trimEnd().split("\n").slice(-20).join("\n");
