import { counterPaths } from "../../counter/contract.ts";

/** Port nginx serves on. */
export const PROXY_PORT = 8080;
/** Port of nginx's own health and `stub_status`, which no Service leads to. */
export const PROXY_STATUS_PORT = 8081;
/** Paths on that port, for the kubelet: nginx itself, and the way from it to a counter. */
export const PROXY_PATHS = { health: "/healthz", upstream: "/upstream" } as const;

/** The whole nginx.conf. `upstream` is host:port of the counter's Service. */
export function nginxConf(upstream: string): string {
  const { root, hits, health } = counterPaths;
  const passed = [root, hits, health];
  return `worker_processes 1;
worker_shutdown_timeout 30s;
error_log stderr warn;
pid /tmp/nginx.pid;

events {
  worker_connections 4096;
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

  keepalive_timeout 75s;
  client_max_body_size 1k;

  # The same address twice: nginx tries a failed request again only on another peer, and behind this address
  # another connection is another counter.
  upstream counter {
    server ${upstream} max_fails=0;
    server ${upstream} max_fails=0;
    keepalive 64;
    keepalive_timeout 60s;
  }

  server {
    listen ${PROXY_PORT};

    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $http_host;
    proxy_set_header X-Request-ID $request_id;
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme;

    # A counter waits up to 15 s for Redis before it answers; the proxy waits longer.
    proxy_connect_timeout 2s;
    proxy_send_timeout 5s;
    proxy_read_timeout 30s;
    proxy_next_upstream error;
    proxy_next_upstream_tries 2;

    # Only these are the public's; a counter's other paths stay inside the cluster.
${passed.map((path) => `    location = ${path} { proxy_pass http://counter; }`).join("\n")}
    location / { return 404 "not found\\n"; }
  }

  server {
    listen ${PROXY_STATUS_PORT};
    location = ${PROXY_PATHS.health} { return 200 "ok\\n"; }
    # Whether this pod reaches a counter: asked until it first does, so that none is ready before.
    location = ${PROXY_PATHS.upstream} { proxy_pass http://counter${health}; }
    location = /stub_status { stub_status; }
    location / { return 404 "not found\\n"; }
  }
}
`;
}
