import { request } from "node:http";

/** What became of the requests of a load. */
export interface LoadReport {
  /** The number in each answer 200, in the order of the answers. */
  numbers: number[];
  /** What each version answered, by its name. */
  versions: Map<string, number>;
  /** Every request that got no answer 200, and why. */
  failures: string[];
  /** Slowest answer, in milliseconds. */
  slowestMs: number;
}

/** A load under way. */
export interface Load {
  /** Answers so far. */
  answered(): number;
  /** Sends no more, waits for every answer, and reports. */
  stop(): Promise<LoadReport>;
}

/** Longer than the proxy's patience, so that a late answer counts as an answer. */
const REQUEST_TIMEOUT_MS = 45_000;

/** GETs a URL every so many milliseconds, each over a fresh connection, until stopped. */
export function startLoad(url: string, everyMs: number): Load {
  const report: LoadReport = { numbers: [], versions: new Map(), failures: [], slowestMs: 0 };
  const open = new Set<Promise<void>>();

  const hit = () => {
    const began = performance.now();
    const answered = getOnce(url)
      .then(({ status, body, version }) => {
        report.slowestMs = Math.max(report.slowestMs, performance.now() - began);
        const number = /\d+/.exec(body)?.[0];
        if (status !== 200 || number === undefined) {
          report.failures.push(`${status}: ${body.trim()}`);
          return;
        }
        report.numbers.push(Number(number));
        report.versions.set(version, (report.versions.get(version) ?? 0) + 1);
      })
      .catch((error: Error) => {
        report.failures.push(`${error.message} after ${Math.round(performance.now() - began)} ms`);
      })
      .finally(() => open.delete(answered));
    open.add(answered);
  };

  const timer = setInterval(hit, everyMs);
  return {
    answered: () => report.numbers.length,
    async stop() {
      clearInterval(timer);
      await Promise.all(open);
      return report;
    },
  };
}

/** One GET over a connection of its own. */
export function getOnce(url: string): Promise<{ status: number; body: string; version: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent: false, timeout: REQUEST_TIMEOUT_MS }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        body += chunk;
      });
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          body,
          version: String(response.headers["x-hitcounter-version"] ?? "unknown"),
        }),
      );
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error("no answer in time")));
    outgoing.on("error", reject);
    outgoing.end();
  });
}
