import {
  counterPaths,
  otherForms,
  pagesPath,
  patienceSeconds,
  requestHeaders,
} from "../../counter/contract.ts";
import type { HitCounter } from "../api/hitCounter.ts";
import {
  clientLimits,
  connectionsOf,
  listenerLimits,
  openFiles,
  type RateLimit,
  rateLimits,
  tooManyRequests,
} from "./nginxLimits.ts";
import { logAsOthers, PROXY_TLS_PORT, redirectServer, type TlsConf, tlsMap, tlsServer } from "./nginxTls.ts";

/** Port nginx serves on. */
export const PROXY_PORT = 8080;
/** Port of nginx's own health and `stub_status`, which no Service leads to. */
export const PROXY_STATUS_PORT = 8081;
/** What nginx counts, on that port. */
export const PROXY_STATUS_PATH = "/stub_status";
/** Paths on that port, for the kubelet: nginx itself, and the way from it to a counter. */
export const PROXY_PATHS = { health: "/healthz", upstream: "/upstream" } as const;

/**
 * How often a request is tried again. Behind a Service a new connection finds a counter that has just died as often as
 * another: of two, a request would find it 21 times in a row once in 2 million times. It takes a millisecond where the dead
 * one's node says so, and two seconds where nobody does. While the API server is away a Service leads to it for as long.
 */
const RETRIES = 20;
/**
 * How many idle connections to counters are kept. All of them may lead to one that has died without a word, and be found
 * first: nginx does not take them for tries, but goes on to an address that this request has not tried.
 */
const KEPT = 64;

/**
 * How long nginx waits (s): for a connection to a counter (one that takes longer is lost, or leads to a dead node, and
 * the next one may not); for its answer, which it gives within its patience, count or not; and how long after the
 * first try has failed others may begin.
 */
export const PROXY_WAITS = { connect: 2, answer: patienceSeconds + 3, retries: 10 } as const;

/**
 * The longest that a request waits for nginx's answer (s), where no counter gives one: the first try, then as long as
 * others may begin, then the last of them. Sending takes no time, as a request fits into any socket's buffer.
 */
export const PROXY_PATIENCE = 2 * (PROXY_WAITS.connect + PROXY_WAITS.answer) + PROXY_WAITS.retries;

/** A family of addresses, in the words of a Service's `ipFamilies`. */
export type IpFamily = "IPv4" | "IPv6";

/** What stands before the port that nginx listens on; `[::]` takes IPv6 only, so that both can stand together. */
const anyAddress: Record<IpFamily, string> = { IPv4: "", IPv6: "[::]:" };

/**
 * Which Accept of a client's is passed on: none but what may make a difference, so that a hit by anything but a browser
 * is the same bytes each time, and none that is longer than any browser's or that Node.js could refuse.
 */
const ACCEPT = `(?=[ -~]{1,512}$).*(${otherForms})`;

/** The headers that a request has for a counter; `retry` marks it. But for Accept, none holds what a client sent. */
const headers = (retry: "" | "1") => `
    proxy_set_header Connection "";
    proxy_set_header Content-Length "";
    proxy_set_header ${requestHeaders.address} $remote_addr;
    proxy_set_header ${requestHeaders.id} $request_id;
    proxy_set_header ${requestHeaders.retry} "${retry}";
    proxy_set_header Accept $accept;`;

/** Whom nginx believes who the client is, in the words of spec. */
type ClientAddress = HitCounter["spec"]["proxy"]["clientAddress"];
const believeNobody: ClientAddress = { trustedProxies: [], proxyProtocol: false };

/**
 * The client's address, where it is believed to others: what a connection says that is not from one of them counts for
 * nothing. A trusted one may stand before another, so of a list the last that is none of them is the client.
 */
function realIp({ trustedProxies, proxyProtocol }: ClientAddress): string {
  if (trustedProxies.length === 0) return "";
  const lines = [
    `real_ip_header ${proxyProtocol ? "proxy_protocol" : "X-Forwarded-For"};`,
    "real_ip_recursive on;",
    ...trustedProxies.map((range) => `set_real_ip_from ${range};`),
  ];
  return lines.map((line) => `\n    ${line}`).join("");
}

/** Whether a proxy with this configuration takes no connection that does not begin by the PROXY protocol. */
export const speaksProxyProtocol = (conf: string) => /^ +listen .* proxy_protocol;$/m.test(conf);

/** What nginx.conf says beside where the counters are. */
export interface NginxSettings {
  /** Those that the pod has an address in. Default: IPv4. */
  readonly families?: readonly IpFamily[];
  /** Whom to believe who the client is. Default: nobody. */
  readonly clientAddress?: ClientAddress | undefined;
  /** Whether there are pages that are counted apart. */
  readonly pages?: boolean;
  /** How often a client may ask. Default: as often as it likes. */
  readonly rateLimit?: RateLimit | undefined;
  /** How HTTPS is spoken, if it is. */
  readonly tls?: TlsConf | undefined;
}

/**
 * The whole nginx.conf. `upstreams` are host:port of where counters are: their Service, or each of several. A request that
 * fails is tried again under its id and with a mark, so that a counter that died over it has not counted it twice.
 */
export function nginxConf(upstreams: readonly string[], settings: NginxSettings = {}): string {
  const { families = ["IPv4"], clientAddress = believeNobody, pages = false, rateLimit, tls } = settings;
  const { root, badge, hits, health } = counterPaths;
  const { connect, answer, retries } = PROXY_WAITS;
  const passed = [...[root, badge, hits, health].map((path) => `= ${path}`), ...(pages ? [pagesPath] : [])];
  const rounds = Math.ceil((KEPT + RETRIES) / upstreams.length);
  const peers = Array.from({ length: rounds }, () => upstreams).flat();
  const listenOn = (port: number, how = "") =>
    families.map((family) => `    listen ${anyAddress[family]}${port}${how};`).join("\n");
  const how = listenerLimits + (clientAddress.proxyProtocol ? " proxy_protocol" : "");
  const byHttp = listenOn(PROXY_PORT, how);
  const byHttps = tls && listenOn(PROXY_TLS_PORT, ` ssl${how}`);
  const listen = [...(tls?.redirect ? [] : [byHttp]), ...(byHttps ? [byHttps, tlsServer.slice(1)] : [])];
  const connections = connectionsOf(tls !== undefined);
  const most = Math.floor(connections.toCounters / peers.length);
  const log = tls ? `${logAsOthers} ` : "";
  return `worker_processes 1;
${openFiles(connections)}
worker_shutdown_timeout ${PROXY_PATIENCE}s;
error_log stderr warn;
pid /tmp/nginx.pid;

events {
  worker_connections ${connections.all};
}

http {
  access_log off;
  server_tokens off;
  default_type text/plain;

  client_body_temp_path /tmp/client_body;
  proxy_temp_path /tmp/proxy;
  fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi;
  scgi_temp_path /tmp/scgi;
${clientLimits}${rateLimits(rateLimit)}
  # An address for each try, and for each connection that is kept: nginx goes on to another peer only, and behind a
  # Service's address another connection is another counter.
  upstream counter {
${peers.map((address) => `    server ${address} max_fails=0 max_conns=${most};`).join("\n")}
    keepalive ${KEPT};
    keepalive_timeout 60s;
  }

  proxy_http_version 1.1;
  # A counter answers within ${patienceSeconds} s, count or not; the proxy waits longer. It answers within ${PROXY_PATIENCE} s itself: a try
  # takes ${connect} s and ${answer} s at most, and the last one begins within ${retries} s of the second.
  proxy_connect_timeout ${connect}s;
  proxy_send_timeout 5s;
  proxy_read_timeout ${answer}s;
  # Nobody reads what clients send along but what form they would have a number in: the rest is not passed on.
  map $http_accept $accept {
    default "";
    "~*^${ACCEPT}" $http_accept;
  }
  proxy_pass_request_headers off;
  proxy_pass_request_body off;
${tls ? tlsMap : ""}${tls?.redirect ? redirectServer(byHttp, tls) : ""}
  server {
${listen.join("\n")}${realIp(clientAddress)}
${headers("")}

    proxy_next_upstream off;
    proxy_intercept_errors on;
    error_page 500 502 504 = @again;
    recursive_error_pages on;
${tooManyRequests(rateLimit)}
    # Only these are the public's; a counter's other paths stay inside the cluster.
${passed.map((path) => `    location ${path} { ${log}proxy_pass http://counter; }`).join("\n")}
    location / { return 404 "not found\\n"; }

    location @again {${log && `\n      ${logAsOthers}`}
${headers("1")}
      proxy_pass http://counter;
      proxy_next_upstream error timeout http_500 http_502 http_504;
      proxy_next_upstream_tries ${RETRIES};
      proxy_next_upstream_timeout ${retries}s;
      error_page 500 502 504 =503 @unreachable;
    }
    location @unreachable {
      add_header Retry-After 1 always;
      return 503 "No counter can be reached right now. Please try again.\\n";
    }
  }

  server {
${listenOn(PROXY_STATUS_PORT)}
    location = ${PROXY_PATHS.health} { return 200 "ok\\n"; }
    # Whether this pod reaches a counter: asked until it first does, so that none is ready before.
    location = ${PROXY_PATHS.upstream} { proxy_pass http://counter${health}; }
    location = ${PROXY_STATUS_PATH} { stub_status; }
    location / { return 404 "not found\\n"; }
  }
}
`;
}
