import { counterPaths } from "../../counter/contract.ts";

// What nginx.conf says of HTTPS.

/** Port nginx serves HTTPS on. */
export const PROXY_TLS_PORT = 8443;
/** Where the certificates are mounted. */
export const TLS_FOLDER = "/etc/hitcounter-tls";
/** Two certificates with their keys. */
export const PAIRS = ["a", "b"] as const;
export type PairName = (typeof PAIRS)[number];
/** The file that is there while the first of them is served. */
export const SERVES_A = "serves-a";
/** Port that URLs of https mean where they name none. */
const HTTPS_PORT = 443;

/** What nginx.conf has to know of HTTPS. */
export interface TlsConf {
  /** Port of the Service, to which visitors by HTTP are sent. */
  readonly port: number;
  /** Whether they are. */
  readonly redirect: boolean;
}

/**
 * Those of Mozilla's "intermediate" (5.7) that need no parameters of ours: all of them encrypt with authentication, and none
 * can be read later by who gets hold of the key. TLS 1.2 is for what fetches badges and checks sites, not for browsers.
 */
const CIPHERS = ["AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305"]
  .flatMap((cipher) => [`ECDHE-ECDSA-${cipher}`, `ECDHE-RSA-${cipher}`])
  .join(":");

// The kubelet swaps this link, and so all files behind it at once.
const FILES = `${TLS_FOLDER}/..data`;

/**
 * Which pair is served. nginx reads certificate and key one after the other, and the kubelet may swap both in between; so a
 * new pair never takes the place of the one that is served. Who has begun with either finds it as it was.
 */
export const tlsMap = `
  # The root of the server below is a file that is there while the first certificate is served.
  map $realpath_root $pair {
    default a;
    "" b;
  }`;

/** Requests that a client may have under way on one connection: as many as browsers have connections to one host by HTTP/1.1. */
const STREAMS = 6;

/**
 * How a server speaks HTTPS, reading the certificate at each handshake. There are no tickets, as each proxy would have a key of
 * its own for them and keep it for as long as it runs; and no early data, which could be sent again by anybody.
 */
export const tlsServer = `
    http2 on;
    http2_max_concurrent_streams ${STREAMS};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_ciphers ${CIPHERS};
    ssl_prefer_server_ciphers off;
    ssl_session_tickets off;
    ssl_session_cache none;
    ssl_early_data off;
    root ${FILES}/${SERVES_A};
    ssl_certificate ${FILES}/$pair.crt;
    ssl_certificate_key ${FILES}/$pair.key;
    # That this file is not there would be logged at each handshake. Requests are logged by where they lead.
    error_log stderr alert;`;

/** Has a location of that server log as all others do. */
export const logAsOthers = "error_log stderr warn;";

/**
 * The server that sends visitors by HTTP to the same URL by HTTPS. The host is the one that the client itself has named, which
 * no link from elsewhere can choose for it; nothing may keep the answer, as it would outlive the field that asks for it. Health
 * is told by HTTP as well, since balancers that ask follow nobody elsewhere.
 */
export const redirectServer = (listen: string, { port }: TlsConf) => `
  server {
${listen}
    location = ${counterPaths.health} { proxy_pass http://counter; }
    location / {
      if ($host = "") { return 400 "Which host? Please send a Host header.\\n"; }
      add_header Cache-Control no-store;
      return 308 https://$host${port === HTTPS_PORT ? "" : `:${port}`}$request_uri;
    }
  }
`;
