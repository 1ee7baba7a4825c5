import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type IpFamily,
  type NginxSettings,
  nginxConf,
  PROXY_PATHS,
  PROXY_PORT,
  PROXY_STATUS_PORT,
} from "../../operator/desired/nginxConf.ts";
import { PROXY_TLS_PORT, TLS_FOLDER, type TlsConf } from "../../operator/desired/nginxTls.ts";
import { NGINX_CONF_KEY } from "../../operator/desired/proxyConfigMap.ts";
import { proxyDeployment } from "../../operator/desired/proxyDeployment.ts";
import { hitCounterWith, inputsFor } from "../../operator/testing/fixtures.ts";
import { mountPath, startContainer } from "./container.ts";
import { freePort } from "./freePort.ts";
import { until } from "./until.ts";

/** A real nginx, of the image and with the configuration that the product uses, on a loopback port. */
export interface NginxServer {
  /** Where it serves the public, in its first family. */
  url: string;
  /** Where it serves the public on each family's loopback address; it listens on those of its families. */
  urls: Readonly<Record<IpFamily, string>>;
  /** Port on which it speaks HTTPS, where it does. */
  tlsPort: number;
  /** Where it serves the kubelet. */
  statusUrl: string;
  /** What it logged: a line for each thing that went wrong on the way to a counter. */
  output(): Promise<string>;
  /** Its first process; the ones that serve are its children. */
  pid(): Promise<number>;
  /** Ends it as the kubelet ends its container, once the pod's preStop hook is over. */
  stop(graceSeconds: number): Promise<void>;
  remove(): Promise<void>;
}

/** What a test may want otherwise, beside the settings of nginx. */
export interface NginxServerOptions extends Omit<NginxSettings, "pages" | "families" | "tls"> {
  /** Breaks the configuration. */
  change?: ((conf: string) => string) | undefined;
  /** Default: IPv4 alone. */
  families?: readonly [IpFamily, ...IpFamily[]];
  /** How HTTPS is spoken, with what lies in a folder. */
  tls?: TlsConf & { readonly folder: string };
  /** How many files it may have open until it asks for more. Default: as many as it may ask for. */
  files?: number;
}

const withFiles = (files: number, command: readonly string[]) => [
  ...["sh", "-c", `ulimit -S -n ${files}; exec "$@"`, "nginx"],
  ...command,
];

const loopback: Record<IpFamily, string> = { IPv4: "127.0.0.1", IPv6: "[::1]" };

/** Starts an nginx in front of counters at these addresses (`host:port`), of pages too. */
export async function startNginxServer(
  upstreams: readonly string[],
  { change = (conf) => conf, families = ["IPv4"], files, tls, ...settings }: NginxServerOptions = {},
): Promise<NginxServer> {
  const product = proxyDeployment(inputsFor(hitCounterWith())).spec?.template.spec?.containers[0];
  if (product?.command === undefined) throw new Error("The product's nginx has no command");
  const [port, statusPort, tlsPort] = [await freePort(), await freePort(), await freePort()];
  const onLoopback = (conf: string, [from, to]: readonly [number, number]) =>
    conf
      .replaceAll(`listen ${from}`, `listen ${loopback.IPv4}:${to}`)
      .replaceAll(`listen [::]:${from}`, `listen ${loopback.IPv6}:${to}`);
  const ports = [
    [PROXY_PORT, port] as const,
    [PROXY_STATUS_PORT, statusPort] as const,
    [PROXY_TLS_PORT, tlsPort] as const,
  ];
  const conf = ports.reduce(onLoopback, nginxConf(upstreams, { ...settings, families, tls, pages: true }));
  const folder = await mkdtemp(join(tmpdir(), "hitcounter-nginx-"));
  await chmod(folder, 0o755); // the image's user reads it
  await writeFile(join(folder, NGINX_CONF_KEY), change(conf));
  const container = await startContainer({
    name: "nginx",
    image: "nginx",
    command: files === undefined ? product.command : withFiles(files, product.command),
    mounts: { [mountPath(product, "conf")]: folder, ...(tls && { [TLS_FOLDER]: tls.folder }) },
  });
  const statusUrl = `http://${loopback[families[0]]}:${statusPort}`;
  const urls = { IPv4: `http://${loopback.IPv4}:${port}/`, IPv6: `http://${loopback.IPv6}:${port}/` };
  const isUp = async () => (await fetch(statusUrl + PROXY_PATHS.health)).ok;
  await until("nginx answers", isUp, { everyMs: 20 }).catch(async (cause) => {
    throw new Error(`nginx does not run:\n${await container.output()}`, { cause });
  });
  return {
    url: urls[families[0]],
    urls,
    tlsPort,
    statusUrl,
    output: () => container.output(),
    pid: () => container.pid(),
    stop: (graceSeconds) => container.stop(graceSeconds),
    async remove() {
      await container.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
