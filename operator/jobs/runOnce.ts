import { constants } from "node:os";
import process from "node:process";
import { MANAGED_BY } from "../desired/names.ts";
import { connect } from "../runtime/connect.ts";
import { createLogger, errorMessage, type KubeClient, systemClock } from "../runtime/index.ts";
import { type JobName, runJob } from "./index.ts";

/** Does one job and logs what has come about; exit code 1 where it has not. */
export async function runOnce(name: JobName, args: string[]): Promise<void> {
  const log = createLogger({ write: (line) => process.stdout.write(line) });
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  }
  let client: KubeClient | undefined;
  const connected = () => {
    client ??= connect({ userAgent: `${MANAGED_BY}/${name}` });
    return client;
  };
  try {
    log.info(await runJob(name, args, { client: connected, clock: systemClock, log }));
  } catch (error) {
    log.error(errorMessage(error));
    process.exitCode = 1;
  } finally {
    await client?.close();
  }
}
