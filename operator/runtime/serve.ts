import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";

/** Named conditions that must all hold. */
export type Checks = Readonly<Record<string, () => boolean>>;

export interface ServeOptions {
  /** 0 for any free one. */
  readonly port: number;
  /** Default: every address of the machine. */
  readonly host?: string | undefined;
  readonly registry: Registry;
  /** False for what only a restart can mend. */
  readonly healthz: Checks;
  /** False until the program can do its work. */
  readonly readyz: Checks;
}

export type HealthServer = Awaited<ReturnType<typeof serve>>;

/** Serves `/metrics`, `/healthz` and `/readyz`; rejects when the address cannot be had. */
export async function serve({ port, host, registry, healthz, readyz }: ServeOptions) {
  const answers = new Map<string | undefined, (response: ServerResponse) => unknown>([
    ["/metrics", (response) => answerMetrics(registry, response)],
    ["/healthz", (response) => answerChecks(healthz, response)],
    ["/readyz", (response) => answerChecks(readyz, response)],
  ]);
  const server = createServer((request, response) => {
    const path = request.url?.replace(/\?.*/, "");
    const answerTo = answers.get(path) ?? (() => answer(response, 404, "not found\n"));
    answerTo(response);
  });
  await once(server.listen(port, host), "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: async (): Promise<void> => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answerMetrics(registry: Registry, response: ServerResponse): Promise<void> {
  try {
    answer(response, 200, await registry.metrics(), registry.contentType);
  } catch (error) {
    answer(response, 500, `${error}\n`);
  }
}

function answerChecks(checks: Checks, response: ServerResponse): void {
  const results = Object.entries(checks).map(([name, holds]) => ({ name, ok: holds() }));
  const lines = results.map(({ name, ok }) => `[${ok ? "+" : "-"}] ${name}\n`);
  const status = results.every(({ ok }) => ok) ? 200 : 503;
  answer(response, status, `${lines.join("")}${status === 200 ? "ok" : "failed"}\n`);
}

function answer(response: ServerResponse, status: number, body: string, type = "text/plain"): void {
  response.writeHead(status, { "content-type": type }).end(body);
}
