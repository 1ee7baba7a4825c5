import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { ensureKubectl } from "../../cluster/kubectl.ts";
import { wantedRelease } from "../../cluster/nodeImage/releases.ts";
import { terminalProgress } from "../../cluster/progress.ts";
import { run } from "../../cluster/shell.ts";
import { ensureCommand } from "../../cluster/tools.ts";

/** The longest that commands may take (s): more than all that they wait for. */
const COMMANDS_SECONDS = 300;
/** What keeps curl from drawing its progress, and from waiting for a connection for minutes. */
const CURL_SETTINGS = "silent\nshow-error\nconnect-timeout = 10\n";

const root = join(import.meta.dirname, "../..");

/** A terminal at the top of the repository, whose kubectl is at one namespace of a cluster. */
export interface Terminal {
  /** Types commands and returns what they print; variables last from one time to the next. A failure throws. */
  type(commands: string): Promise<string>;
  /** Removes what was written to the home of who types. */
  close(): Promise<void>;
}

export async function openTerminal(kubeconfig: string, namespace: string): Promise<Terminal> {
  const HOME = await mkdtemp(join(tmpdir(), "hitcounter-home-"));
  const KUBECONFIG = join(HOME, "kubeconfig");
  const progress = terminalProgress();
  await ensureCommand("curl", ["curl"], progress);
  const programs = dirname(await ensureKubectl(wantedRelease(), progress));
  const env = { HOME, TMPDIR: HOME, KUBECONFIG, PATH: [programs, process.env.PATH].join(delimiter) };
  await copyFile(kubeconfig, KUBECONFIG);
  await run("kubectl", ["config", "set-context", "--current", "--namespace", namespace], { env });
  const variables = join(HOME, "variables");
  await writeFile(variables, "");
  await writeFile(join(HOME, ".curlrc"), CURL_SETTINGS);
  return {
    type: (commands) =>
      run("sh", ["-c", `. ${variables}\nset -ae\n${commands}\nset +a\nexport -p > ${variables}\n`], {
        cwd: root,
        env,
        timeoutSeconds: COMMANDS_SECONDS,
      }),
    close: () => rm(HOME, { recursive: true }),
  };
}
