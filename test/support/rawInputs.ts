import { type Random, randomFrom } from "./random.ts";

/** Bytes for a web server's port, and how they are sent. */
export interface RawInput {
  bytes: Buffer;
  /** Where the bytes are parted into pieces that are sent one after another. */
  parts: number[];
  /** Whether the client leaves as soon as it has sent all, without waiting for an answer. */
  leaves: boolean;
  /** Whether nothing in it is a hit, by what it is made of. */
  never: boolean;
}

const HOST = "Host: counter\r\n";
const OTHER_METHODS = [
  "HEAD",
  "POST",
  "PUT",
  "DELETE",
  "OPTIONS",
  "PATCH",
  "TRACE",
  "PROPFIND",
  "get",
  "Get",
  "GE",
  "GETT",
];
const OTHER_PATHS = [
  ...[
    "/hits",
    "/health",
    "/ready",
    "/metrics",
    "/favicon.ico",
    "//",
    "/.",
    "/%2f",
    "/%00",
    "/index.html",
    "*",
    "hits",
  ],
  ...["/HITS", "/hits/", "/../", "/%", "/\u00e4", "/a?/", "/;", "/~", "/\\", "/ /", "/%2e%2e/"],
  ...["/badge.svg?x", "/badge.svg?label=%", "/badge.svg?label=a&label=b", "/badge.svg/"],
];
const VERSIONS = [
  "HTTP/1.1",
  "HTTP/1.0",
  "HTTP/0.9",
  "HTTP/2.0",
  "HTTP/1.9",
  "HTTP/11",
  "http/1.1",
  "",
  "ICY",
];
const HEADERS = [
  "Connection: close\r\n",
  "Connection: keep-alive\r\n",
  "Content-Length: 5\r\n",
  "Content-Length: -1\r\n",
  "Content-Length: 99999999999999999999\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Transfer-Encoding: chunked, gzip\r\n",
  "Expect: 100-continue\r\n",
  "Upgrade: websocket\r\nConnection: Upgrade\r\n",
  "X-Request-ID: 0123456789abcdef0123456789abcdef\r\n",
  "Accept: text/html,*/*;q=0.8\r\n",
  "Accept: application/json\r\n",
  `Accept: ${"a/b;q=0.1,".repeat(500)}text/html\r\n`,
  " folded\r\n",
  ": nameless\r\n",
  "No colon\r\n",
  "X-Nul: a\0b\r\n",
  "Host: twice\r\n",
];
const BODIES = [
  "",
  "hello",
  "5\r\nhello\r\n0\r\n\r\n",
  "ffffffffffffffff\r\n",
  "-1\r\n",
  "0\r\n\r\n",
  "zz\r\n\r\n",
  "\0\0\0",
];
const SPLICES = [
  "\0",
  "\r",
  "\n",
  "\r\n",
  "\r\n\r\n",
  " ",
  ":",
  "HTTP/1.1",
  "\u00ff",
  "%",
  "chunked",
  "0",
  "/",
];

/** So many inputs, the same for the same seed. */
export function* rawInputs(count: number, seed: number): Generator<RawInput> {
  const random = randomFrom(seed);
  for (let made = 0; made < count; made += 1) {
    const never = random.next() < 0.5;
    const bytes = Buffer.from(never ? neverAHit(random) : perhapsAHit(random), "latin1");
    const pieces = random.next() < 0.2 ? 1 + random.below(4) : 0;
    const parts = Array.from({ length: pieces }, () => random.below(bytes.length + 1)).sort((a, b) => a - b);
    yield { bytes, parts, never, leaves: random.next() < 0.15 };
  }
}

/** What no server may count: other methods, other paths, what is no HTTP, and requests without their end. */
function neverAHit(random: Random): string {
  const version = random.pick(VERSIONS);
  const head = `${version}\r\n${HOST}${someHeaders(random)}`;
  switch (random.below(5)) {
    case 0:
      return `${random.pick(OTHER_METHODS)} / ${head}\r\n${random.pick(BODIES)}`;
    case 1:
      return `GET ${random.pick(OTHER_PATHS)} ${head}\r\n${random.pick(BODIES)}`;
    case 2:
      return noise(random).replaceAll("GET", "get");
    case 3:
      return `GET / HTTP/1.1\r\n${HOST}${"X: y\r\n".repeat(random.below(3))}`.slice(
        0,
        -random.below(8) || undefined,
      );
    default:
      return `GET / HTTP/1.1\r\n${HOST}X-Huge: ${"a".repeat(random.pick([17_000, 40_000, 100_000]))}\r\n\r\n`;
  }
}

/** Requests that are hits, several in a row, and what becomes of them when pieces change. */
function perhapsAHit(random: Random): string {
  const hit = () =>
    `GET ${random.next() < 0.1 ? "/badge.svg" : "/"} HTTP/1.1\r\n${HOST}${someHeaders(random)}\r\n${random.next() < 0.2 ? random.pick(BODIES) : ""}`;
  let text = Array.from({ length: 1 + random.below(4) }, hit).join("");
  for (let changes = random.below(4); changes > 0; changes -= 1) {
    const at = random.below(text.length);
    const rest = text.slice(at);
    switch (random.below(4)) {
      case 0:
        text = text.slice(0, at) + random.pick(SPLICES) + rest;
        break;
      case 1:
        text = text.slice(0, at) + rest.slice(random.below(20));
        break;
      case 2:
        text = text.slice(0, at) + String.fromCharCode(random.below(256)) + rest.slice(1);
        break;
      default:
        text = text.slice(0, at) + rest.slice(0, 40) + rest;
    }
  }
  return text;
}

const someHeaders = (random: Random) =>
  Array.from({ length: random.below(3) }, () => random.pick(HEADERS)).join("");
const noise = (random: Random) =>
  Array.from({ length: 1 + random.below(400) }, () => String.fromCharCode(random.below(256))).join("");
