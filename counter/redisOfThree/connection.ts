import { Redis } from "ioredis";
import type { ScriptCall } from "../batch.ts";
import type { Credentials } from "../credentials.ts";
import { fenceKey, termKey } from "../data.ts";
import { authenticate } from "../renewal.ts";
import type { Written } from "./confirmation.ts";
import type { Copy } from "./copies.ts";
import type { Said, Term } from "./primary.ts";

/** A connection to one of the copies. It ends at the first fault, and is never made again. */
export interface Connection {
  /** Connects, and asks the copy what it is. */
  look(): Promise<Said>;
  /** Has a script executed in a term, and asks whether that is confirmed. Rejects where any answer is lost. */
  write(call: ScriptCall, term: Term): Promise<Written>;
  /** Whether anything would be sent now. */
  isOpen(): boolean;
  /** Calls back when it has ended, with the fault that it ended by. */
  onEnd(callback: (fault: unknown) => void): void;
  authenticate(credentials: Credentials): Promise<unknown>;
  close(): void;
}

/** How a connection is made; nothing is sent before `look`. */
export type Connect = (copy: Copy, credentials: Credentials | undefined) => Connection;

/** How long Redis waits for the copies to tell of their memory, and then of their disks (ms). */
const CONFIRM_WITHIN = 400;

/** Connects to one of the copies, and gives the connection up when it gets no answer for so long (ms). */
export function connectToCopy(
  { host, port }: Pick<Copy, "host" | "port">,
  credentials: Credentials | undefined,
  answerMs: number,
): Connection {
  const redis = new Redis({
    host,
    port,
    ...credentials,
    connectionName: "hitcounter-counter",
    disableClientInfo: true,
    protocol: 2,
    lazyConnect: true,
    connectTimeout: answerMs,
    socketTimeout: answerMs,
    keepAlive: 10_000,
    enableReadyCheck: false, // one that loads answers so to what it is asked
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let fault: Error | undefined;
  redis.on("error", (error: Error) => {
    fault ??= error;
  });

  const written = async (command: "evalsha" | "eval", code: string, call: ScriptCall, term: Term) => {
    const { keys, args } = call;
    const replies = await redis
      .pipeline()
      [command](code, keys.length, ...keys, ...args, term.text)
      // A copy tells of its disk when it is asked for its memory first: WAITAOF alone takes up to a second.
      .wait(1, CONFIRM_WITHIN)
      .call("WAITAOF", 1, 1, CONFIRM_WITHIN)
      .mget(termKey, fenceKey)
      .exec();
    const [script, , disks, held] = (replies ?? []).map(([error, reply]) => error ?? reply);
    return { script, disks, held };
  };

  return {
    async look() {
      try {
        await redis.connect();
        const [role, held] = await Promise.all([redis.role(), redis.mget(termKey, fenceKey)]);
        const [term = null, fence = null] = held;
        const [name, host, port] = role as readonly unknown[];
        // One that is told to follow nobody follows port 1 of itself.
        const follows = name === "slave" && port !== 1 ? { host: `${host}`, port: Number(port) } : undefined;
        return { role: `${name}`, term, fence, ...(follows && { follows }) };
      } catch (error) {
        throw fault ?? error;
      }
    },
    async write(call, term) {
      const { digest, text } = call.script.fenced;
      const first = await written("evalsha", digest, call, term);
      const isUnknown = first.script instanceof Error && first.script.message.startsWith("NOSCRIPT");
      return isUnknown ? await written("eval", text, call, term) : first;
    },
    isOpen: () => redis.status === "ready" && redis.stream.writable,
    onEnd: (callback) =>
      void redis.on("end", () => callback(fault ?? new Error("The connection was closed"))),
    authenticate: (read) => authenticate(redis, read),
    close: () => redis.disconnect(),
  };
}
