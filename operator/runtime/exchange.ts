import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";

/** An answer, all of it. */
export interface Answer {
  readonly status: number;
  /** By lower-case names; of those that were sent more than once, the first. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface ExchangeOptions {
  /** Gives the request up. */
  readonly signal?: AbortSignal | undefined;
  /** Called at the last moment before the request is sent, each time it is; what it throws fails the request instead. */
  readonly beforeSend?: (() => void) | undefined;
}

/**
 * Sends a request and reads its whole answer. Right on undici's callbacks: a stream for every body, which its own
 * `request` makes, costs more CPU time than all else in here.
 */
export function exchange(
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  { signal, beforeSend }: ExchangeOptions,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    let underWay: Dispatcher.DispatchController | undefined;
    let isOver = false;
    let answer: Omit<Answer, "body"> = { status: 0, headers: {} };
    const chunks: Buffer[] = [];
    const giveUp = () => fail(signal?.reason);
    // Also ends a request that is under way; one that still waits for a connection finds itself given up when it has one.
    const fail = (reason: unknown) => {
      if (isOver) return;
      isOver = true;
      signal?.removeEventListener("abort", giveUp);
      reject(reason);
      underWay?.abort(reason instanceof Error ? reason : new Error(String(reason)));
    };
    signal?.addEventListener("abort", giveUp);
    dispatcher.dispatch(request, {
      onRequestStart: (controller) => {
        underWay = controller;
        try {
          signal?.throwIfAborted();
          beforeSend?.();
        } catch (error) {
          controller.abort(error instanceof Error ? error : new Error(String(error)));
        }
      },
      onResponseStart: (_controller, status, headers) => {
        answer = { status, headers: firstOfEach(headers) };
      },
      onResponseData: (_controller, chunk) => {
        chunks.push(chunk);
      },
      onResponseEnd: () => {
        isOver = true;
        signal?.removeEventListener("abort", giveUp);
        resolve({ ...answer, body: Buffer.concat(chunks).toString() });
      },
      onResponseError: (_controller, error) => {
        fail(error);
      },
    });
  });
}

const firstOfEach = (headers: IncomingHttpHeaders) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat()[0]]));
