import { counterPaths, pagesPath } from "../../counter/contract.ts";
import type { HitCounter } from "../api/hitCounter.ts";

/** How many connections a proxy has. */
export interface Connections {
  /** At once, to clients and to counters. */
  readonly all: number;
  /** Of these, the ones that lead to counters. */
  readonly toCounters: number;
}

/**
 * How many connections a proxy has at once. Where few are left, nginx closes the one that has kept it waiting longest, for a
 * request or for the rest of one; only what is being answered is never closed. By HTTP there are so many that
 * 200 requests a second can wait for as long as counters have patience, all of them at one proxy; by HTTPS, where a
 * connection costs three times the memory, there are half as many.
 *
 * Each request that waits for a counter has two of them, its client's and the proxy's own; an eighth of all is left for the
 * next ones, who get 503 at once. With less than a sixteenth left nginx closes connections whose request it has not read yet.
 */
export function connectionsOf(tls: boolean): Connections {
  const all = tls ? 4096 : 8192;
  return { all, toCounters: (all * 7) / 16 };
}

/**
 * What stands first in the file: whoever starts a container may let it have no more than 1,024 files until it asks, and
 * without files nginx takes no connection, where without connections it closes one that idles. A connection is one file,
 * beside its logs, its listeners and what it waits by.
 */
export const openFiles = ({ all }: Connections): string => `worker_rlimit_nofile ${all + 256};`;

/**
 * What stands behind the port of each public listener. The kernel would keep up to 4 MB of answers for a client that
 * asks again and again and reads nothing.
 */
export const listenerLimits = " sndbuf=16k";

/**
 * What one client may cost, whoever it is, for all servers: time in which it sends a whole header, the next byte of a body, or
 * takes the next bytes of an answer; and memory. No hit needs a body, and one of 1 kB is let pass. At worst a connection
 * holds some 18 kB, and 62 kB by HTTPS, so that all of them fit into the memory that a proxy has by default.
 */
export const clientLimits = `
  client_header_timeout 10s;
  client_body_timeout 5s;
  send_timeout 10s;
  reset_timedout_connection on;
  keepalive_timeout 75s;
  large_client_header_buffers 2 8k;
  client_max_body_size 1k;
  client_body_buffer_size 1k;
  # /tmp is memory too.
  proxy_max_temp_file_size 0;
`;

/** How often one client may ask, in the words of spec; undefined where that is nobody's business. */
export type RateLimit = HitCounter["spec"]["proxy"]["rateLimit"];

/**
 * Limits each client, for all servers. Those are told apart by the address that is believed; of an IPv6 address by its /64,
 * as whoever has one has all of that, and of an IPv4 address in the clothes of IPv6 by that itself. What has no client here
 * is not limited: `/health`, by which balancers look whether the proxy lives, and all that the kubelet asks. The
 * count is asked for by the operator: it has a limit of its own, so that hits can't use it up. A request that is tried
 * again is the same request for nginx, and counted once. A zone that is full forgets who was silent longest; the other one
 * has room for each connection. What is refused is not logged, as addresses would stand there.
 */
export function rateLimits(limit: RateLimit): string {
  if (limit === undefined) return "";
  const { root, badge, hits } = counterPaths;
  return `
  map $binary_remote_addr $client {
    default $binary_remote_addr;
    "~(?s)^\\x00{10}\\xff\\xff(?<ipv4>.{4})$" $ipv4;
    "~(?s)^(?<net>.{8}).{8}$" $net;
  }
  map $uri $limited {
    default "";
    ${root} $client;
    ${badge} $client;
    ~^${pagesPath} $client;
    ${hits} "count $client";
  }
  limit_req_zone $limited zone=requests:4m rate=${limit.requestsPerSecond}r/s;
  limit_req zone=requests burst=${limit.burst} nodelay;
  limit_req_status 429;
  limit_req_log_level info;
  limit_conn_zone $limited zone=atOnce:1m;
  limit_conn atOnce ${limit.concurrentRequests};
  limit_conn_status 429;
  limit_conn_log_level info;
`;
}

/** What a client that asks too often is answered: part of each public server. In a second one request more is let pass. */
export const tooManyRequests = (limit: RateLimit): string =>
  limit === undefined
    ? ""
    : `
    error_page 429 = @limited;
    location @limited {
      add_header Retry-After 1 always;
      add_header Cache-Control no-store always;
      return 429 "Too many requests from your address. Please try again in a second, and then more slowly.\\n";
    }
`;
