import { run } from "../../cluster/shell.ts";

/** What the load client saw. */
export interface Load {
  /** Answers with 200, those after the time was up included: what was begun is finished. */
  readonly ok: number;
  /** Answers with another code, and requests without an answer. */
  readonly other: number;
  readonly broken: number;
  /** Sum of the numbers in the answers with 200. */
  readonly sum: number;
  /** Answers with 200 within the time, and of those half and 99 in a hundred came in so many microseconds. */
  readonly inTime: number;
  readonly p50: number;
  readonly p99: number;
  readonly seconds: number;
}

/** In which form a request comes: with but a host, with an id too, or as nginx passes it on. */
export type Form = "plain" | "ids" | "nginx";

/** How a load is put on a port of this machine. */
export interface LoadOptions {
  client: string;
  port: number;
  connections: number;
  seconds: number;
  path: string;
  form: Form;
}

/** Seconds beyond its own in which the client finishes what it began, or gives up. */
const FINISH_SECONDS = 40;

/** Asks for a path for a while, over so many connections at once, and waits for every answer. */
export async function load({ client, port, connections, seconds, path, form }: LoadOptions): Promise<Load> {
  const words = [`${port}`, `${connections}`, `${seconds}`, path, form];
  return JSON.parse(await run(client, words, { timeoutSeconds: seconds + FINISH_SECONDS })) as Load;
}
