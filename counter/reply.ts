import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Answering } from "./answers.ts";

/** Writes an answer by the bytes that Node.js's own response would, and in one piece. */
export class Reply implements Answering {
  headersSent = false;
  readonly #socket: Socket;
  readonly #keepAliveMs: number;
  readonly #onEnd: (isLast: boolean) => void;
  #head = "";
  #isLast = false;

  constructor(socket: Socket, keepAliveMs: number, onEnd: (isLast: boolean) => void) {
    this.#socket = socket;
    this.#keepAliveMs = keepAliveMs;
    this.#onEnd = onEnd;
  }

  get destroyed(): boolean {
    return this.#socket.destroyed;
  }

  writeHead(code: number, fields: readonly string[]): void {
    this.headersSent = true;
    let head = `HTTP/1.1 ${code} ${STATUS_CODES[code]}\r\n`;
    for (let index = 0; index < fields.length; index += 2) {
      head += `${fields[index]}: ${fields[index + 1]}\r\n`;
      this.#isLast ||= fields[index] === "Connection";
    }
    const kept = `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(this.#keepAliveMs / 1000)}\r\n`;
    this.#head = `${head}Date: ${date()}\r\n${this.#isLast ? "" : kept}\r\n`;
  }

  end(body: string, encoding: BufferEncoding): void {
    if (this.#socket.writable) this.#socket.write(this.#head + body, encoding);
    this.#onEnd(this.#isLast);
  }
}

let second = 0;
let inWords = "";
/** The date in the words of HTTP, made anew each second. */
const date = () => {
  const now = Math.floor(Date.now() / 1000);
  if (now !== second) {
    second = now;
    inWords = new Date(now * 1000).toUTCString();
  }
  return inWords;
};
