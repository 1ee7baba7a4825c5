import { type ChildProcess, spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { parse, stringify } from "yaml";
import { type Usage, usageOf } from "../../bench/support/processUsage.ts";
import { type ControlPlane, startControlPlane } from "../../cluster/controlPlane.ts";
import { hasEnded } from "../../cluster/processes.ts";
import { terminalProgress } from "../../cluster/progress.ts";
import type { Key } from "../../operator/runtime/key.ts";
import { asInItsImage } from "../../tools/dockerfile.ts";
import { type Kubectl, kubectlFor } from "./kubectl.ts";
import { until } from "./until.ts";

const root = join(import.meta.dirname, "../..");

/** A real API server that knows HitCounters, which other test files may be asking too. */
export interface SharedApiServer extends Pick<ControlPlane, "kubeconfig" | "auditLog"> {
  kubectl: Kubectl;
}

/** One that is a test file's own, to be halted and to be told of other kinds, policies and controllers. */
export interface ApiServer extends SharedApiServer, ControlPlane {}

/** The environment variable that says where the API server of all integration tests is. */
export const SHARED_API_SERVER = "SHARED_API_SERVER";

/** Starts an API server with the CRD and the operator's namespace installed, and with these admission plugins more. */
export async function startApiServer(...admission: string[]): Promise<ApiServer> {
  const plane = await startControlPlane({ progress: terminalProgress(), admission });
  const kubectl = kubectlFor(plane.kubeconfig);
  try {
    await kubectl("apply", "--server-side", "-k", join(root, "config/crd"));
    await kubectl("apply", "-f", join(root, "config/manager/namespace.yaml")); // where the Lease is
    await kubectl("wait", "--for=condition=Established", "crd/hitcounters.hitcounter.dev", "--timeout=120s");
  } catch (error) {
    await plane.stop();
    throw error;
  }
  return { ...plane, kubectl };
}

/** The API server of all integration tests. Each file has namespaces of its own there, and operators for them alone. */
export function sharedApiServer(): SharedApiServer {
  const { kubeconfig, auditLog } = JSON.parse(
    process.env[SHARED_API_SERVER] ?? "{}",
  ) as Partial<ControlPlane>;
  if (!kubeconfig || !auditLog) throw new Error("No API server was started for the integration tests");
  return { kubeconfig, auditLog, kubectl: kubectlFor(kubeconfig) };
}

/** Environment of an operator that looks after these namespaces alone, and goes by the name of the first. */
export const lookingAfter = (...namespaces: [string, ...string[]]) => ({
  NAMESPACES: namespaces.join(","),
  IDENTITY: namespaces[0],
  LEADER_ELECTION: "false",
});

/** An operator run as from a terminal. */
export interface RunningOperator {
  /** What it logged so far, one object a line. */
  log(): Record<string, unknown>[];
  /** Whether its caches are in sync. */
  isReady(): Promise<boolean>;
  metrics(): Promise<string>;
  /** What its process has used. */
  usage(): Promise<Usage>;
  /** Sends it a signal that need not end it. */
  signal(signal: NodeJS.Signals): void;
  /** Its exit code once it has ended, or null when a signal ended it. */
  readonly ended: Promise<number | null>;
  /** Ends it with this signal and returns its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/**
 * Starts the operator as its image does, in a process of its own, and waits until its caches are in sync. What runs is
 * the bundle that test/prepare.ts or `npm run build` made, or another file.
 */
export async function startOperator(
  kubeconfig: string,
  env: Record<string, string> = {},
  file?: string,
): Promise<RunningOperator> {
  const { child, output, operator } = spawnOperator(kubeconfig, env, file);
  try {
    await until("the operator is ready", async () => hasEnded(child) || (await operator.isReady()));
    if (hasEnded(child)) throw new Error(`it ended with exit code ${await operator.ended}`);
  } catch (cause) {
    child.kill("SIGKILL");
    throw new Error(`The operator does not run:\n${output()}`, { cause });
  }
  return operator;
}

/** Starts the operator likewise, and waits for nothing. */
export const launchOperator = (kubeconfig: string, env: Record<string, string>): RunningOperator =>
  spawnOperator(kubeconfig, env).operator;

function spawnOperator(kubeconfig: string, env: Record<string, string>, file?: string) {
  const { command, env: ofImage } = asInItsImage("operator", file);
  const [node, ...args] = [...command, "--kubeconfig", kubeconfig];
  const child = spawn(node, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      ...ofImage,
      HTTP_PORT: "0",
      LOG_LEVEL: "debug",
      LEASE_NAMESPACE: "hitcounter-system",
      ...env,
    },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const ended = exitOf(child);
  const log = () =>
    output
      .split("\n")
      .filter((line) => line.startsWith("{") && line.endsWith("}"))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const port = () => log().find(({ msg }) => msg === "started")?.httpPort;
  const operator: RunningOperator = {
    log,
    isReady: async () => port() !== undefined && (await fetch(`http://127.0.0.1:${port()}/readyz`)).ok,
    metrics: async () => await (await fetch(`http://127.0.0.1:${port()}/metrics`)).text(),
    usage: () => usageOf(child.pid ?? 0),
    signal: (signal) => void child.kill(signal),
    ended,
    async stop(signal = "SIGTERM") {
      child.kill(signal);
      return await ended;
    },
  };
  return { child, output: () => output, operator };
}

/** A kubeconfig for a service account, the operator's own by default, with no right but those that it is given. */
export async function serviceAccountKubeconfig(
  { kubeconfig, kubectl }: ApiServer,
  { namespace, name }: Key = { namespace: "hitcounter-system", name: "hitcounter-operator" },
): Promise<string> {
  const token = await kubectl.in(namespace)("create", "token", name);
  const config = parse(await readFile(kubeconfig, "utf8"));
  for (const each of config.users) each.user = { token: token.trim() };
  const path = `${kubeconfig}-${namespace}-${name}`;
  await writeFile(path, stringify(config), { mode: 0o600 });
  return path;
}

const exitOf = (child: ChildProcess) =>
  new Promise<number | null>((resolve) => {
    child.once("exit", (code) => resolve(code));
  });
