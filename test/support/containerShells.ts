import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import process from "node:process";
import type { Engine } from "../../cluster/engine.ts";

/** Runs commands in a container by shells that stay in it: to enter it takes a tenth of a second of CPU each time. */
export interface ContainerShells {
  /** Runs a command to its end and returns what it prints; one that fails, or whose container ends, throws. */
  run(words: readonly string[]): Promise<string>;
  /** Ends them all: the container ends, or has ended and begins anew. More are entered when they are needed. */
  end(): void;
}

/** Stands after all that a command prints, before its exit code. */
const MARK = "\u0004command ended: ";
const ENDED = new RegExp(`${MARK}(\\d+)\n$`);

const quoted = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;

/** Shells for a container that runs: as many as commands run at once, each entered when it is first needed. */
export function containerShells(engine: Engine, container: string): ContainerShells {
  const all = new Set<ChildProcessWithoutNullStreams>();
  const idle: ChildProcessWithoutNullStreams[] = [];

  const enter = () => {
    const shell = spawn(engine.command, ["exec", "--interactive", container, "sh"], {
      env: { ...process.env, ...engine.env },
    });
    for (const stream of [shell.stdout, shell.stderr]) stream.setEncoding("utf8");
    shell.stdin.on("error", () => {}); // the shell has ended: "close" follows
    shell.unref();
    all.add(shell);
    shell.once("close", () => {
      all.delete(shell);
      if (idle.includes(shell)) idle.splice(idle.indexOf(shell), 1);
    });
    return shell;
  };

  return {
    async run(words) {
      const shell = idle.pop() ?? enter();
      const streams = [shell.stdout, shell.stderr];
      const told = ["", ""];
      await new Promise<void>((resolve, reject) => {
        const ended = () => {
          reject(
            new Error(`${words.join(" ")} was cut off with its container ${container}\n${told.join("")}`),
          );
        };
        const listeners = streams.map((_, index) => (text: string) => {
          told[index] += text;
          if (!told.every((all) => ENDED.test(all))) return;
          streams.forEach((stream, at) => void stream.off("data", listeners[at] ?? ended));
          shell.off("close", ended).off("error", reject);
          resolve();
        });
        streams.forEach((stream, at) => void stream.on("data", listeners[at] ?? ended));
        shell.once("close", ended).once("error", reject);
        const mark = `printf '${MARK}%s\\n' "$code"`;
        shell.stdin.write(`${words.map(quoted).join(" ")} </dev/null; code=$?; ${mark}; ${mark} >&2\n`);
      });
      idle.push(shell);
      const [out = "", err = ""] = told.map((text) => text.replace(ENDED, ""));
      const code = Number(ENDED.exec(told[0] ?? "")?.[1]);
      if (code !== 0) {
        throw new Error(`${words.join(" ")} failed in ${container} with exit code ${code}\n${err || out}`);
      }
      return out;
    },
    end() {
      idle.length = 0;
      for (const shell of all) shell.stdin.end();
    },
  };
}
