// Gives Services of type LoadBalancer an address of the pool, which the control-plane node answers for all
// of them. Node.js runs this file as it is, from a ConfigMap: it imports nothing but its neighbour.
import { readFile } from "node:fs/promises";
import process from "node:process";
import { assign, type Service } from "./assign.ts";

const API = "https://kubernetes.default.svc/api/v1";
const TOKEN_FILE = "/var/run/secrets/kubernetes.io/serviceaccount/token";
/** A look at a cached list this often costs less than a watch that has to be looked after (milliseconds). */
const INTERVAL = 1000;

const pool = (process.env.ADDRESS_POOL ?? "").split(",").filter((address) => address !== "");

async function callApi(path: string, method: "GET" | "PATCH", body?: object): Promise<unknown> {
  const token = await readFile(TOKEN_FILE, "utf8"); // it is renewed while this runs
  const response = await fetch(`${API}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/merge-patch+json" },
    signal: AbortSignal.timeout(10_000),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) {
    throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  }
  return await response.json();
}

let lastWaiting = "";

async function shareOut(): Promise<void> {
  const list = (await callApi("/services?resourceVersion=0", "GET")) as { items: Service[] };
  const { changes, waiting } = assign(list.items, pool);
  for (const { namespace, name, address } of changes) {
    const ingress = address === undefined ? null : [{ ip: address, ipMode: "VIP" }];
    await callApi(`/namespaces/${namespace}/services/${name}/status`, "PATCH", {
      status: { loadBalancer: { ingress } },
    });
    log("info", address === undefined ? "address taken back" : "address given", { namespace, name, address });
  }
  if (waiting.join() !== lastWaiting && waiting.length > 0) {
    log("warn", "the pool has no address left", { waiting });
  }
  lastWaiting = waiting.join();
}

function log(level: string, message: string, details: object): void {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...details })}\n`);
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => process.exit(0));
}
log("info", "started", { pool });
for (;;) {
  await shareOut().catch((error: unknown) => log("error", "sharing out failed", { error: String(error) }));
  await new Promise((resolve) => setTimeout(resolve, INTERVAL));
}
