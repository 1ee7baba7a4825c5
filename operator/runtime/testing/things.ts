import { createKubeClient, type KubeClient } from "../kubeClient.ts";
import { createLogger, type Logger } from "../logger.ts";
import type { KubeObject, ResourceKind } from "../objects.ts";
import { createTransport } from "../transport.ts";

/** An object for tests. */
export interface Thing extends KubeObject {
  spec?: { size?: number };
}

export const things: ResourceKind<Thing> = {
  apiVersion: "example.dev/v1",
  kind: "Thing",
  plural: "things",
  namespaced: true,
};

export const demoThings = "/apis/example.dev/v1/namespaces/demo/things";

/** A Thing in the namespace `demo`. */
export function thing(name: string, size = 1, metadata: KubeObject["metadata"] = {}): Thing {
  return {
    apiVersion: things.apiVersion,
    kind: things.kind,
    metadata: { namespace: "demo", name, ...metadata },
    spec: { size },
  };
}

/** A client for a server that asks for no credentials. */
export function clientFor(server: string): KubeClient {
  const access = { server, proxy: undefined, tls: {}, headers: {} };
  return createKubeClient(
    createTransport(
      { access: () => Promise.resolve(access), refused: () => {} },
      { userAgent: "runtime-test" },
    ),
  );
}

/** A logger whose lines, parsed, end up in an array. */
export function memoryLog(): { log: Logger; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  return { log: createLogger({ write: (line) => lines.push(JSON.parse(line)), level: "debug" }), lines };
}
