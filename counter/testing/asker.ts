import { Agent, get, type IncomingMessage } from "node:http";

/** Sends a GET to a port of this machine, over a connection of its own unless an agent is given. */
export const asker = (port: number) => (path: string, agent?: Agent, headers?: Record<string, string>) =>
  new Promise<{ status: number | undefined; connection: string | undefined; body: string }>(
    (resolve, reject) => {
      const options = { host: "127.0.0.1", port, path, agent: agent ?? new Agent(), headers };
      get(options, (response: IncomingMessage) => {
        let body = "";
        response.setEncoding("utf8").on("data", (text) => {
          body += text;
        });
        const { statusCode: status, headers } = response;
        response.on("end", () => resolve({ status, connection: headers.connection, body }));
      }).on("error", reject);
    },
  );
