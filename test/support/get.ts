import { type Agent, request as byHttp, type IncomingMessage } from "node:http";
import { request as byHttps } from "node:https";
import { PROXY_PATIENCE } from "../../operator/desired/nginxConf.ts";

/** One answer. */
export interface Answer {
  status: number;
  body: string;
  /** The version that gave it. */
  version: string;
}

/** How long a visitor waits for an answer: longer than the proxy's patience, so that a late answer is an answer. */
export const TIMEOUT_SECONDS = PROXY_PATIENCE + 2;

/** No answer in time. */
export class NoAnswer extends Error {}

/** The connection ended in the middle of an answer. */
export class Cut extends Error {}

/** The server closed a kept connection while the next request was on its way to it: see `crossed`. */
export class Crossed extends Error {}

/** One GET over a connection of its own. */
export async function getOnce(url: string, timeoutSeconds = TIMEOUT_SECONDS): Promise<Answer> {
  return await get(url, false, timeoutSeconds);
}

/** One GET over a connection of the agent's, or of its own. */
export function get(url: string, agent: Agent | false, timeoutSeconds: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith("https:") ? byHttps : byHttp;
    // What certificate is served, tests look at where that is the question.
    const options = { agent, rejectUnauthorized: false };
    const outgoing = send(url, options, (response) => read(response).then(resolve, fail));
    // Of what is destroyed, whoever waits for it hears an error of some kind; the first one settles it.
    const timer = setTimeout(() => {
      reject(new NoAnswer(`no answer within ${timeoutSeconds} s`));
      outgoing.destroy();
    }, timeoutSeconds * 1000);
    const fail = (error: Error) => reject(crossed(outgoing, error) ? new Crossed(error.message) : error);
    outgoing.on("error", fail);
    outgoing.on("close", () => clearTimeout(timer));
    outgoing.end();
  });
}

/**
 * Whether the server closed a kept connection while the next request was on its way to it. A server may close a
 * connection that idles at any time (RFC 9112, 9.5), and no client can see it coming where the close was not
 * announced in an answer; so every client sends the request again on a new connection, as this one does, since GET
 * permits it (RFC 9110, 9.2.2). From outside, a server that died with the request in its hands looks the same. What
 * that may have done is not hidden: a request that was counted and sent again makes the count larger than the answers.
 *
 * An announced close (`Connection: close`) is honoured by the agent, which then never uses the connection again; so
 * is one that has been noticed. Neither gets here.
 */
function crossed({ reusedSocket }: { reusedSocket: boolean }, error: NodeJS.ErrnoException): boolean {
  return reusedSocket && !(error instanceof Cut) && (error.code === "ECONNRESET" || error.code === "EPIPE");
}

function read(response: IncomingMessage): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let body = "";
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => {
      body += chunk;
    });
    response.on("error", () => reject(new Cut("cut off in an answer")));
    response.on("end", () =>
      resolve({
        status: response.statusCode ?? 0,
        body,
        version: String(response.headers["x-hitcounter-version"] ?? "unknown"),
      }),
    );
  });
}
