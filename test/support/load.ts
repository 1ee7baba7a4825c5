import { Agent } from "node:http";
import { Agent as TlsAgent } from "node:https";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Crossed, get, TIMEOUT_SECONDS } from "./get.ts";
import { type LoadReport, loadReport, type Outcome } from "./loadReport.ts";
import { startPace, TICK_MS } from "./pace.ts";

/** What a load sends. */
export interface LoadOptions {
  /** Requests a second, however slow the answers are. Default 200. */
  rate?: number;
  /** Share of the requests that go over a connection of their own, 0 to 1; the others keep theirs alive. Default 0.5. */
  fresh?: number;
  /** Connections that stay open while they idle, each used in its turn. Default 20. */
  keptAlive?: number;
  /** A request without an answer after this long has failed. Default 50, which is more than the proxy's patience. */
  timeoutSeconds?: number;
  /** Pages that are visited in turn with the URL itself, each as often. Default none. */
  pages?: readonly string[];
}

/** A load under way. */
export interface Load {
  /** Answers with a number so far. */
  answered(): number;
  /** Requests that failed so far. */
  failed(): number;
  /** Sends no more, waits for every answer, and reports. */
  stop(): Promise<LoadReport>;
}

/**
 * GETs a URL so many times a second until stopped, each time as a visitor would: over a new connection, or over one
 * kept alive from an earlier request. Nothing is pipelined, and nothing that failed is tried again, but for what
 * crossed with the close of its connection: see `crossed` in get.ts.
 */
export function startLoad(url: string, options: LoadOptions = {}): Load {
  const { rate = 200, fresh = 0.5, keptAlive = 20, timeoutSeconds = TIMEOUT_SECONDS, pages = [] } = options;
  const targets: (string | undefined)[] = [undefined, ...pages];
  // Each kept connection in its turn, so that all of them live through what is being tested.
  const kept = { keepAlive: true, maxFreeSockets: keptAlive, scheduling: "fifo" } as const;
  const agent = url.startsWith("https:") ? new TlsAgent(kept) : new Agent(kept);
  const held = monitorEventLoopDelay({ resolution: TICK_MS });
  const outcomes: Outcome[] = [];
  const open = new Set<Promise<void>>();
  const began = performance.now();
  let sent = 0;
  let answered = 0;

  const visit = async (over: Agent | false, page: string | undefined) => {
    const target = page === undefined ? url : `${url}p/${page}`;
    const sentAt = performance.now();
    const at = sentAt - began;
    const outcome: Outcome = { page, at, ms: 0, over: over ? "kept" : "fresh", crossed: false };
    try {
      outcome.answer = await get(target, over, timeoutSeconds).catch((error: unknown) => {
        if (!(error instanceof Crossed)) throw error;
        outcome.crossed = true;
        return get(target, false, timeoutSeconds);
      });
      if (outcome.answer.status === 200) answered += 1;
    } catch (error) {
      outcome.error = error as Error;
    }
    outcome.ms = performance.now() - sentAt;
    outcomes.push(outcome);
  };

  const send = () => {
    const own = Math.floor((sent + 1) * fresh) > Math.floor(sent * fresh);
    const page = targets[sent % targets.length];
    const visited = visit(own ? false : agent, page).finally(() => open.delete(visited));
    open.add(visited);
    sent += 1;
  };

  held.enable();
  const stopSending = startPace(rate, send);
  return {
    answered: () => answered,
    failed: () => outcomes.length - answered,
    async stop() {
      stopSending();
      await Promise.all(open);
      held.disable();
      agent.destroy();
      return loadReport(outcomes, held.max / 1e6);
    },
  };
}
