import { median } from "../support/statistics.ts";
import { type ContenderName, contenderNames } from "./contenders.ts";
import type { Result } from "./measure.ts";

/** The results of every contender's rounds. */
export type Results = Readonly<Partial<Record<ContenderName, readonly Result[]>>>;

type Read = (result: Result) => number | undefined;

/** One line of the table. */
interface Measured {
  readonly title: string;
  readonly read: Read;
  readonly format: (value: number) => string;
  /** The most the product may have, where there is a bound; undefined where a peer it takes is missing. */
  readonly bound?: (values: Values) => number | undefined;
  readonly boundTitle?: string;
}

type Values = (name: ContenderName, read: Read) => number | undefined;

const seconds = (value: number) => `${value.toFixed(value < 10 ? 2 : 1)} s`;
const mebibytes = (value: number) => `${(value / 2 ** 20).toFixed(0)} MiB`;
const count = (value: number) => Math.round(value).toLocaleString("en");
const percent = (value: number) => `${(100 * value).toFixed(2)}%`;

const wall: Read = ({ create }) => create.wallSeconds;
const cpu: Read = ({ create }) => create.cpuSeconds;
/** Events are for people and no peer writes any: they are told by themselves. */
const requests: Read = ({ create }) => create.requests.total - create.requests.eventWrites;

/** From so many HitCounters on a peer's times are a bound: with fewer, what it takes to start is much of the product's. */
const MANY = 1_000;
const times = (factor: number, peer: ContenderName, read: Read, n: number) => (values: Values) => {
  if (n < MANY) return undefined;
  const value = values(peer, read);
  return value === undefined ? undefined : factor * value;
};

/** Connections that a client may well have: one for each worker, each watch and the Lease, and a few to spare. */
const CONNECTIONS = 25;

const table = (n: number): Measured[] => [
  {
    title: "wall time until all is there",
    read: wall,
    format: seconds,
    bound: times(1.1, "controller-runtime", wall, n),
    boundTitle: "1.1 × controller-runtime",
  },
  {
    title: "CPU time, user and system",
    read: cpu,
    format: seconds,
    bound: times(1.7, "controller-runtime", cpu, n),
    boundTitle: "1.7 × controller-runtime",
  },
  {
    title: "peak RSS",
    read: ({ create }) => create.peakRssBytes,
    format: mebibytes,
    bound: () => 250 * 2 ** 20,
    boundTitle: "250 MiB",
  },
  {
    title: "connections to the API server",
    read: ({ create }) => create.connections,
    format: count,
    bound: () => CONNECTIONS,
    boundTitle: `${CONNECTIONS}`,
  },
  {
    title: "API requests but events",
    read: requests,
    format: count,
    bound: (values) => {
      const raw = values("raw-writer", requests);
      return raw === undefined ? undefined : 1.05 * raw + n;
    },
    boundTitle: "1.05 × raw writer + a status each",
  },
  { title: "of them writes of status", read: ({ create }) => create.requests.statusWrites, format: count },
  { title: "writes of events", read: ({ create }) => create.requests.eventWrites, format: count },
  { title: "time until the last event", read: ({ create }) => create.toldSeconds, format: seconds },
  {
    title: "idle: CPU, share of a core",
    read: ({ idle }) => idle?.cpuShare,
    format: percent,
    bound: () => 0.005,
    boundTitle: "0.5%",
  },
  { title: "idle: RSS", read: ({ idle }) => idle?.rssBytes, format: mebibytes },
  { title: "idle: API requests", read: ({ idle }) => idle?.requests, format: count },
  { title: "idle: writes", read: ({ idle }) => idle?.writes, format: count, bound: () => 0, boundTitle: "0" },
  {
    title: "restart: ready after",
    read: ({ restart }) => restart?.readySeconds,
    format: seconds,
    bound: () => 10,
    boundTitle: "10 s",
  },
  { title: "restart: CPU time", read: ({ restart }) => restart?.cpuSeconds, format: seconds },
  { title: "restart: API requests", read: ({ restart }) => restart?.requests, format: count },
  {
    title: "restart: writes",
    read: ({ restart }) => restart?.writes,
    format: count,
    bound: () => 0,
    boundTitle: "0",
  },
];

/** The medians of what was measured with N HitCounters, and which of the product's bounds they keep. */
export function report(n: number, results: Results): { rows: string[][]; missed: string[] } {
  const names = contenderNames.filter((name) => (results[name] ?? []).length > 0);
  const values: Values = (name, read) => {
    const all = (results[name] ?? []).map(read).filter((value) => value !== undefined);
    return all.length === 0 ? undefined : median(all);
  };
  const missed: string[] = [];
  const rows = table(n).map(({ title, read, format, bound, boundTitle = "" }) => {
    const product = values("product", read);
    const most = product === undefined ? undefined : bound?.(values);
    const isKept = most === undefined || (product ?? 0) <= most;
    if (!isKept) missed.push(title);
    const cells = names.map((name) => {
      const value = values(name, read);
      return value === undefined ? "" : format(value);
    });
    const peer = values("controller-runtime", read);
    const ratio = product === undefined || !peer ? "" : `${(product / peer).toFixed(2)} ×`;
    return [title, ...cells, ratio, most === undefined ? "" : `${boundTitle}: ${isKept ? "ok" : "missed"}`];
  });
  const head = [`N = ${count(n)}`, ...names, "ratio", "at most"];
  return { rows: [head, ...rows], missed };
}
