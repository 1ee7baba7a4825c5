/** The programs that are measured: this counter, its peers, and two that do no more than answer. */
export const programNames = [
  "counter",
  "counter-cluster",
  "express",
  "fastify",
  "flask",
  "go",
  "axum",
  "node-constant",
  "nginx-constant",
] as const;
export type ProgramName = (typeof programNames)[number];

/** One thing that is measured in each round. */
export interface Contender {
  /** What options call it, such as `counter+always@nginx`. */
  readonly key: string;
  /** What tables call it. */
  readonly name: string;
  readonly program: ProgramName;
  /** Whether it is asked through the proxy, with the product's own configuration. */
  readonly behindNginx: boolean;
  /** How Redis keeps what it counts; undefined for what counts nothing. */
  readonly durability: "always" | "everysec" | undefined;
  /** Whether each request has an id, but not the form in which nginx passes it on. */
  readonly ids: boolean;
  /** Whether a page is asked for, which is counted apart and in the total. */
  readonly page: boolean;
  /** Whether visitors are counted, and pages let be. */
  readonly visitors: boolean;
}

const inWords: Record<ProgramName, string> = {
  counter: "this counter",
  "counter-cluster": "this counter, two in node:cluster",
  express: "Express, ioredis",
  fastify: "Fastify, ioredis auto-pipelining",
  flask: "Flask, Gunicorn, redis-py",
  go: "Go net/http, go-redis",
  axum: "Rust axum, redis crate",
  "node-constant": "node:http, a constant",
  "nginx-constant": "nginx, a constant",
};

/** Which of a program's contenders. */
export interface Variant {
  readonly program: ProgramName;
  readonly behindNginx?: boolean;
  readonly always?: boolean;
  readonly ids?: boolean;
  readonly page?: boolean;
  readonly visitors?: boolean;
}

const contender = ({
  program,
  behindNginx = false,
  always = false,
  ids = false,
  page = false,
  visitors = false,
}: Variant): Contender => {
  const remarks = [
    ids ? ", by Node.js's parser" : "",
    always ? ", always" : "",
    page ? ", a page" : "",
    visitors ? ", pages and visitors on" : "",
  ].join("");
  return {
    key: keyOf({ program, behindNginx, always, ids, page, visitors }),
    name: `${inWords[program]}${remarks}`,
    program,
    behindNginx,
    durability: program.endsWith("-constant") ? undefined : always ? "always" : "everysec",
    ids,
    page,
    visitors,
  };
};

/** The key of a variant. */
export const keyOf = ({ program, behindNginx, always, ids, page, visitors }: Variant): string => {
  const remarks = `${ids ? "+ids" : ""}${always ? "+always" : ""}${page ? "+page" : ""}${visitors ? "+visitors" : ""}`;
  return `${program}${remarks}${behindNginx ? "@nginx" : ""}`;
};

const behindNginx = true;

/**
 * All contenders, in the order in which tables have them. Peers count with `everysec`, which is the quicker one for
 * who asks Redis for each hit apart.
 */
export const contenders: readonly Contender[] = (
  [
    { program: "counter" },
    { program: "counter", ids: true },
    { program: "counter", always: true },
    { program: "counter", page: true },
    { program: "counter", visitors: true },
    { program: "counter-cluster" },
    { program: "axum" },
    { program: "go" },
    { program: "fastify" },
    { program: "express" },
    { program: "flask" },
    { program: "node-constant" },
    { program: "nginx-constant" },
    { program: "counter", behindNginx },
    { program: "counter", behindNginx, always: true },
    { program: "axum", behindNginx },
    { program: "go", behindNginx },
    { program: "fastify", behindNginx },
    { program: "express", behindNginx },
    { program: "flask", behindNginx },
    { program: "node-constant", behindNginx },
  ] satisfies Variant[]
).map(contender);
