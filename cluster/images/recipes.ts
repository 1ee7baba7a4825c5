import process from "node:process";
import type { ArchivedImage } from "../imageArchive.ts";

/** How an image is made of Debian packages. */
export interface BaseRecipe {
  name: string;
  /** Names the one made here, before its hash: what is in it, and where it is from. */
  version: string;
  /** Debian packages; what they depend on comes with them. */
  packages: readonly string[];
  /** The files of those packages that go into the image, as tar's wildcards (`*` stops at a slash). */
  keep: readonly string[];
  /** More files, by path: their content. */
  files: Readonly<Record<string, string>>;
  /** More symbolic links, by path: where they lead. */
  links?: Readonly<Record<string, string>>;
  /** Empty folders that anyone may write to: volumes come here, and without one it works all the same. */
  writable: readonly string[];
  /** Adds this Node.js as /nodejs/bin/node. */
  node?: true;
  config: ImageConfig;
}

/** A base image: the public one, and how an equal one is made where no registry answers. */
export interface BaseImage extends BaseRecipe {
  name: "node" | "redis" | "nginx" | "redis-exporter" | "nginx-exporter";
  /** The public image. */
  public: string;
}

type ImageBasics = ArchivedImage["config"];

/** The image specification's words for what containers run. */
export interface ImageConfig extends ImageBasics {
  Cmd?: string[];
  WorkingDir?: string;
  ExposedPorts?: Record<string, object>;
  Labels?: Record<string, string>;
}

/** The Debian release that the packages come from: the first with Redis 8. */
export const SUITE = "trixie";

export const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What every program needs: the loader, the libraries, names, certificates, time zones, and the licences. */
export const COMMON_PACKAGES = ["base-files", "libc6", "ca-certificates", "tzdata", "netbase"];
export const COMMON_FILES = [
  "./bin",
  "./sbin",
  "./lib",
  "./lib64",
  "./usr/lib64/*",
  "./usr/lib/*-linux-gnu/*.so*",
  "./usr/lib/ld-linux*",
  "./etc/{debian_version,os-release,protocols,services,host.conf}",
  "./usr/lib/os-release",
  "./usr/share/ca-certificates/mozilla/*",
  "./usr/share/zoneinfo/*",
  "./usr/share/zoneinfo/{Africa,America,Antarctica,Asia,Atlantic,Australia,Europe,Indian,Pacific,Etc}/*",
  "./usr/share/doc/*/copyright",
];
const SHELL_TOOLS =
  "sh,dash,[,basename,cat,chmod,cp,cut,date,dirname,echo,env,expr,head,id,ls,mkdir,mktemp,mv,printf,pwd,readlink,rm,sleep,sort,stat,sync,tail,test,timeout,touch,tr,true,false,wc,truncate,dd";

/** The files by which programs know the only user that there is beside root and nobody. */
export const account = (name: string, id: number, home: string) => ({
  "etc/passwd": `root:x:0:0:root:/root:/sbin/nologin\n${name}:x:${id}:${id}:${name}:${home}:/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n`,
  "etc/group": `root:x:0:\n${name}:x:${id}:\nnobody:x:65534:\n`,
  "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
});

const NGINX_CONF = `# As in nginx's public unprivileged image: port 8080, and everything it writes lies in /tmp.
worker_processes auto;
error_log /dev/stderr notice;
pid /tmp/nginx.pid;
events {
  worker_connections 1024;
}
http {
  proxy_temp_path /tmp/proxy_temp;
  client_body_temp_path /tmp/client_temp;
  fastcgi_temp_path /tmp/fastcgi_temp;
  uwsgi_temp_path /tmp/uwsgi_temp;
  scgi_temp_path /tmp/scgi_temp;
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  access_log /dev/stdout;
  server {
    listen 8080;
    location / {
      root /usr/share/nginx/html;
      index index.html;
    }
  }
}
`;

/** The base images. */
export const recipes: readonly BaseImage[] = [
  {
    name: "node",
    public: "gcr.io/distroless/nodejs24-debian12:nonroot",
    version: `${process.versions.node}-debian`,
    packages: [...COMMON_PACKAGES, "libgcc-s1", "libstdc++6"],
    // The packages also bring Perl, OpenSSL's program and more, and a shell is not among what is kept.
    keep: COMMON_FILES,
    files: account("nonroot", 65_532, "/home/nonroot"),
    writable: ["tmp", "home/nonroot"],
    node: true,
    config: {
      User: "65532:65532",
      WorkingDir: "/home/nonroot",
      Env: [PATH],
      Entrypoint: ["/nodejs/bin/node"],
    },
  },
  {
    name: "redis",
    public: "docker.io/library/redis:8.0",
    version: "8.0-debian",
    packages: [...COMMON_PACKAGES, "redis-server", "dash", "coreutils", "grep", "sed"],
    keep: [
      ...COMMON_FILES,
      "./usr/bin/redis-{server,cli,check-aof,check-rdb}",
      `./usr/bin/{${SHELL_TOOLS},grep,sed,sha256sum}`,
    ],
    files: account("redis", 999, "/data"),
    writable: ["tmp", "data"],
    config: {
      User: "999:999",
      WorkingDir: "/data",
      Env: [PATH],
      Cmd: ["redis-server", "--protected-mode", "no"],
      ExposedPorts: { "6379/tcp": {} },
    },
  },
  {
    name: "nginx",
    public: "docker.io/nginxinc/nginx-unprivileged:1.28",
    version: "1.26-debian",
    packages: [...COMMON_PACKAGES, "nginx", "dash", "coreutils"],
    keep: [
      ...COMMON_FILES,
      "./usr/sbin/nginx",
      "./etc/nginx/{mime.types,fastcgi_params,uwsgi_params,scgi_params}",
      "./usr/share/nginx/html/*",
      `./usr/bin/{${SHELL_TOOLS}}`,
    ],
    files: {
      ...account("nginx", 101, "/tmp"),
      "etc/nginx/nginx.conf": NGINX_CONF,
    },
    // nginx opens its compiled-in log before it reads its configuration.
    links: { "var/log/nginx/error.log": "/dev/stderr", "var/log/nginx/access.log": "/dev/stdout" },
    writable: ["tmp"],
    config: {
      User: "101:101",
      Env: [PATH],
      Cmd: ["nginx", "-g", "daemon off;"],
      StopSignal: "SIGQUIT",
      ExposedPorts: { "8080/tcp": {} },
    },
  },
  {
    name: "redis-exporter",
    public: "docker.io/oliver006/redis_exporter:v1.69.0",
    version: "1.69.0-debian",
    packages: [...COMMON_PACKAGES, "prometheus-redis-exporter"],
    keep: [...COMMON_FILES, "./usr/bin/prometheus-redis-exporter"],
    files: account("exporter", 59_000, "/nonexistent"),
    writable: [],
    config: {
      User: "59000:59000",
      Env: [PATH],
      Entrypoint: ["prometheus-redis-exporter"],
      ExposedPorts: { "9121/tcp": {} },
    },
  },
  {
    name: "nginx-exporter",
    public: "docker.io/nginx/nginx-prometheus-exporter:1.4.1",
    version: "1.4.1-debian",
    packages: [...COMMON_PACKAGES, "prometheus-nginx-exporter"],
    keep: [...COMMON_FILES, "./usr/bin/prometheus-nginx-exporter"],
    files: account("exporter", 1001, "/nonexistent"),
    writable: [],
    config: {
      User: "1001:1001",
      Env: [PATH],
      Entrypoint: ["prometheus-nginx-exporter"],
      ExposedPorts: { "9113/tcp": {} },
    },
  },
];
