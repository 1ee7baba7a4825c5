import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AUDIT_POLICY, auditArguments } from "./audit.ts";
import { ensurePrograms } from "./nodeImage/programs.ts";
import { type Release, wantedRelease } from "./nodeImage/releases.ts";
import { endProcess, freePort, type LoggedProcess, startLogged, untilReady } from "./processes.ts";
import type { Progress } from "./progress.ts";
import { startReaper } from "./reaper.ts";

/** How to start a control plane. */
export interface ControlPlaneOptions {
  progress: Progress;
  /** Release of Kubernetes. Default: the one that the environment asks for, else the default. */
  release?: Release;
  /** Controllers of kube-controller-manager to run from the start ("garbage-collector-controller"). Default none. */
  controllers?: readonly string[];
  /** Admission plugins of the API server, beside those that it has by default ("OwnerReferencesPermissionEnforcement"). */
  admission?: readonly string[];
}

/** A Kubernetes API server with its etcd, without nodes: what is applied is stored, no pod ever runs. */
export interface ControlPlane {
  /** Address of the API server. */
  server: string;
  /** Path of a kubeconfig for an administrator. */
  kubeconfig: string;
  /** The administrator's bearer token. */
  token: string;
  /** Path of the audit log: one JSON event a line. */
  auditLog: string;
  /** Ends every process and removes every file. */
  stop(): Promise<void>;
  /** Ends the API server and starts it again on the same port, with the same data. */
  restartApiServer(): Promise<void>;
  /** Runs these controllers of kube-controller-manager, in place of those that ran. */
  startControllers(names: readonly string[]): Promise<void>;
}

/** They live for a minute: what is saved of collecting garbage costs some memory for as long. */
const ENV = { GOGC: "400" };
/** An API server would wait for every open watch. */
const GRACE_SECONDS = 2;

/** The order in which they end: none outlives what it needs. */
type Component = "kube-controller-manager" | "kube-apiserver" | "etcd";
const COMPONENTS: readonly Component[] = ["kube-controller-manager", "kube-apiserver", "etcd"];

/**
 * Starts etcd and kube-apiserver as plain processes on free ports of 127.0.0.1, ready in seconds, beside
 * whatever else runs. They end with `stop`, or with this process, however it ends.
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const programs = await ensurePrograms(options.release ?? wantedRelease(), options.progress);
  const folder = await mkdtemp(join(tmpdir(), "hitcounter-control-plane-"));
  const file = (name: string) => join(folder, name);
  const etcdUrl = `http://127.0.0.1:${await freePort()}`;
  const peerUrl = `http://127.0.0.1:${await freePort()}`;
  const port = await freePort();
  const server = `https://127.0.0.1:${port}`;
  const token = randomBytes(16).toString("hex");
  const running = new Map<Component, LoggedProcess>();
  const reaper = startReaper(folder);
  const guardRunning = () => {
    reaper.guard([...running.values()].flatMap(({ child }) => (child.pid === undefined ? [] : [child.pid])));
  };

  const start = (name: Component, args: Record<string, string>) => {
    const words = Object.entries(args).map(([key, value]) => `--${key}=${value}`);
    const started = startLogged(name, join(programs.folder, name), words, file(`${name}.log`), ENV);
    running.set(name, started);
    guardRunning();
    return started;
  };
  const end = async (name: Component) => {
    const component = running.get(name);
    if (component) {
      await endProcess(component, GRACE_SECONDS);
      running.delete(name);
      guardRunning();
    }
  };
  const startApiServer = async () => {
    const apiServer = start("kube-apiserver", {
      "advertise-address": "127.0.0.1",
      "bind-address": "127.0.0.1",
      "secure-port": String(port),
      "cert-dir": file("certificates"), // it makes its own certificate here
      "endpoint-reconciler-type": "none", // nothing can reach it but this machine
      "etcd-servers": etcdUrl,
      "service-cluster-ip-range": "10.96.0.0/16",
      "service-account-issuer": "https://kubernetes.default.svc",
      "service-account-key-file": file("key.pem"),
      "service-account-signing-key-file": file("key.pem"),
      "token-auth-file": file("tokens.csv"),
      "authorization-mode": "RBAC",
      ...(options.admission && { "enable-admission-plugins": options.admission.join(",") }),
      ...auditArguments(file("audit-policy.yaml"), file("audit.log")),
    });
    await untilReady(apiServer, async () => await isReady(server, await certificate(), token));
  };
  const certificate = () => readFile(file("certificates/apiserver.crt"));
  const startControllers = async (names: readonly string[]) => {
    await end("kube-controller-manager");
    const manager = start("kube-controller-manager", {
      kubeconfig: file("kubeconfig"),
      controllers: names.join(","),
      "service-account-private-key-file": file("key.pem"),
      "leader-elect": "false",
      "secure-port": String(await freePort()),
      "bind-address": "127.0.0.1",
      "cert-dir": file("certificates"),
      v: "1", // it tells of the controllers only then
    });
    await untilReady(manager, async () =>
      // The one until Kubernetes 1.34, the other since.
      /Started controller|Controller starting/.test(await readFile(manager.log, "utf8")),
    );
  };
  const stop = async () => {
    for (const name of COMPONENTS) {
      await end(name);
    }
    await reaper.release();
  };

  try {
    await options.progress.step("Starting a control plane", async () => {
      const secret = { mode: 0o600 };
      const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
      await writeFile(file("key.pem"), privateKey.export({ type: "pkcs1", format: "pem" }), secret);
      await writeFile(file("tokens.csv"), `${token},admin,admin,system:masters\n`, secret);
      await writeFile(file("audit-policy.yaml"), AUDIT_POLICY);
      const etcd = start("etcd", {
        "data-dir": file("etcd"),
        "listen-client-urls": etcdUrl,
        "advertise-client-urls": etcdUrl,
        "listen-peer-urls": peerUrl,
        "initial-advertise-peer-urls": peerUrl,
        "initial-cluster": `default=${peerUrl}`,
        "unsafe-no-fsync": "true", // this data is thrown away in any case
        "log-level": "warn",
      });
      await untilReady(etcd, async () => (await fetch(`${etcdUrl}/health`)).ok);
      await startApiServer();
      await writeFile(file("kubeconfig"), kubeconfig(server, await certificate(), token), secret);
      if (options.controllers) {
        await startControllers(options.controllers);
      }
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    server,
    kubeconfig: file("kubeconfig"),
    token,
    auditLog: file("audit.log"),
    stop,
    startControllers,
    async restartApiServer() {
      await end("kube-apiserver");
      await startApiServer();
    },
  };
}

function isReady(server: string, ca: Buffer, token: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    request(`${server}/readyz`, { ca, headers, agent: false, timeout: 5000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    })
      .on("error", reject)
      .end();
  });
}

/** As JSON, which is YAML too. */
function kubeconfig(server: string, certificate: Buffer, token: string): string {
  const name = "hitcounter-control-plane";
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server, "certificate-authority-data": certificate.toString("base64") } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  });
}
