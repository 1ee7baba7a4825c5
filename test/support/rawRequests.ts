import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** An answer as it came over the wire. */
export interface RawAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** What came back on a connection. */
export interface RawAnswers {
  /** Every final answer, in order. */
  answers: RawAnswer[];
  /** Whether the server closed the connection then. */
  closed: boolean;
}

/** After the last answer that is expected, one too many, or a close that nobody expects, would follow at once (ms). */
const AT_ONCE = 50;

interface SendOptions {
  /** How many final answers are expected. Default 1. */
  answers?: number;
  /** Whether the server is to close the connection then. Default: no. */
  closes?: boolean;
  /** Default 2. */
  pauseMs?: number;
  /** Default 120. */
  seconds?: number;
  /** This machine's address that is connected from, and the one that is connected to. Default: loopback. */
  from?: string;
  to?: string;
}

/**
 * Sends pieces of bytes, one after another with a pause between them (ms), and reads until so many final answers have
 * come and, where it `closes` then, the connection is closed, or else until nothing more follows at once. Never longer
 * than `seconds`.
 */
export async function sendRaw(
  port: number,
  pieces: readonly string[],
  {
    answers: expected = 1,
    closes = false,
    pauseMs = 2,
    seconds = 120,
    from,
    to = "127.0.0.1",
  }: SendOptions = {},
): Promise<RawAnswers> {
  const socket = connect({ port, host: to, ...(from !== undefined && { localAddress: from }) });
  let reply = "";
  let closed = false;
  const changed = new Set<() => void>();
  const change = () => {
    for (const callback of changed) callback();
  };
  socket.setEncoding("latin1").on("data", (text: string) => {
    reply += text;
    change();
  });
  socket.on("error", () => {}); // "close" follows
  socket.on("close", () => {
    closed = true;
    change();
  });
  /** Waits until it holds, or so long (ms). */
  const wait = (holds: () => boolean, ms: number) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!holds()) return;
        changed.delete(look);
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => changed.delete(look) && resolve(), ms);
      changed.add(look);
      look();
    });
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) await sleep(pauseMs);
    if (closed) break;
    socket.write(Buffer.from(piece, "latin1"));
  }
  await wait(() => closed || answersIn(reply).length >= expected, seconds * 1000);
  await wait(() => closed, closes ? seconds * 1000 : AT_ONCE);
  socket.destroy();
  return { answers: answersIn(reply), closed };
}

/** The whole answers in what a server sent, but for those that only say to go on (1xx). */
function answersIn(reply: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  let rest = reply;
  for (let end = rest.indexOf("\r\n\r\n"); end !== -1; end = rest.indexOf("\r\n\r\n")) {
    const [first = "", ...lines] = rest.slice(0, end).split("\r\n");
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1]);
    const headers = Object.fromEntries(
      lines.map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    const after = rest.slice(end + 4);
    // Without a length the rest is the body, and nothing can follow.
    const length = status < 200 ? 0 : Number(headers["content-length"] ?? after.length);
    if (after.length < length) return answers;
    rest = after.slice(length);
    if (!(status < 200)) answers.push({ status, headers, body: after.slice(0, length) });
  }
  return answers;
}
