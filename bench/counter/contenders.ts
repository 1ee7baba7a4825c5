/** The programs that are measured: this counter, its peers, and two that do no more than answer. */
export const programNames = [
  "counter",
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
  /** What tables and options call it. */
  readonly name: string;
  readonly program: ProgramName;
  /** Whether it is asked through the proxy, with the product's own configuration. */
  readonly behindNginx: boolean;
  /** How Redis keeps what it counts; undefined for what counts nothing. */
  readonly durability: "always" | "everysec" | undefined;
  /** Whether each request has an id, as from the proxy, which gives one itself. */
  readonly ids: boolean;
}

const inWords: Record<ProgramName, string> = {
  counter: "this counter",
  express: "Express, INCR",
  fastify: "Fastify, auto-pipelining",
  flask: "Flask, Gunicorn",
  go: "Go net/http, go-redis",
  axum: "Rust axum, redis crate",
  "node-constant": "node:http, a constant",
  "nginx-constant": "nginx, a constant",
};

const counting = (program: ProgramName, more: Partial<Contender> = {}): Contender => {
  const { behindNginx = false, durability = "everysec", ids = false } = more;
  const remarks = `${ids ? ", with ids" : ""}${durability === "always" ? ", always" : ""}${behindNginx ? ", behind nginx" : ""}`;
  return { name: `${inWords[program]}${remarks}`, program, behindNginx, durability, ids };
};
const constant = (program: ProgramName): Contender => ({
  name: inWords[program],
  program,
  behindNginx: false,
  durability: undefined,
  ids: false,
});

const behindNginx = true;

/**
 * All contenders, in the order in which tables have them. Peers count with `everysec`, which is the quicker one for
 * who asks Redis for each hit apart.
 */
export const contenders: readonly Contender[] = [
  counting("counter"),
  counting("counter", { ids: true }),
  counting("counter", { durability: "always" }),
  counting("axum"),
  counting("go"),
  counting("fastify"),
  counting("express"),
  counting("flask"),
  constant("node-constant"),
  constant("nginx-constant"),
  counting("counter", { behindNginx }),
  counting("counter", { behindNginx, durability: "always" }),
  counting("axum", { behindNginx }),
  counting("go", { behindNginx }),
  counting("fastify", { behindNginx }),
  counting("express", { behindNginx }),
  counting("flask", { behindNginx }),
];
