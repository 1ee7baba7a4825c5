import process from "node:process";

/** Tells a person what is going on and how long it took. */
export interface Progress {
  /**
   * Runs one step, printing its start, and its end with the seconds it took; a failure is rethrown. What the work
   * tells of how far it is, is printed with the sign of life that a slow step gives. Steps may run side by side.
   */
  step<T>(title: string, work: (tell: (state: string) => void) => Promise<T>): Promise<T>;
  /** Prints one line under the step in hand. */
  note(line: string): void;
}

/** Steps slower than this repeat a sign of life this often (seconds). */
const HEARTBEAT_SECONDS = 30;

/** Progress as lines on standard error, each behind the seconds since the start. */
export function terminalProgress(
  write: (text: string) => void = (text) => process.stderr.write(text),
): Progress {
  const started = performance.now();
  const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(1)} s`;
  const note = (line: string) => write(`[${seconds(started).padStart(8)}] ${line}\n`);
  return {
    note,
    async step(title, work) {
      const began = performance.now();
      let state = "still at it";
      note(`${title} …`);
      const heartbeat = setInterval(
        () => note(`${title}: ${state} after ${seconds(began)}`),
        HEARTBEAT_SECONDS * 1000,
      );
      try {
        const result = await work((told) => {
          state = told;
        });
        note(`${title}: done in ${seconds(began)}`);
        return result;
      } catch (error) {
        note(`${title}: FAILED after ${seconds(began)}`);
        throw error;
      } finally {
        clearInterval(heartbeat);
      }
    },
  };
}
