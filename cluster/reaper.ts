import { spawn } from "node:child_process";
import { once } from "node:events";
import { hasEnded } from "./processes.ts";

/** Cleans up after this process, however it ends. */
export interface Reaper {
  /** The processes that must not outlive this one; replaces those named before. */
  guard(pids: readonly number[]): void;
  /** Removes the folder and ends the reaper; nothing is killed. */
  release(): Promise<void>;
}

/**
 * Reads lines of process ids; when its input ends, because this process closed it or is gone, it kills those of
 * the last line and removes the folder. It is deaf to the Ctrl-C that ends this process.
 */
const SCRIPT = `trap '' INT TERM HUP
while read -r line; do pids=$line; done
[ -z "$pids" ] || kill -KILL $pids 2>/dev/null
i=0
while ! rm -rf "$1" 2>/dev/null && [ $i -lt 20 ]; do i=$((i+1)); sleep 0.1; done`;

/** Starts a process that outlives this one just long enough to end its children and remove a folder of theirs. */
export function startReaper(folder: string): Reaper {
  const child = spawn("sh", ["-c", SCRIPT, "reaper", folder], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  child.unref();
  child.stdin.on("error", () => {}); // it has ended already
  return {
    guard(pids) {
      child.stdin.write(`${pids.join(" ")}\n`);
    },
    async release() {
      child.ref();
      child.stdin.end("\n");
      if (!hasEnded(child)) {
        await once(child, "exit");
      }
    },
  };
}
