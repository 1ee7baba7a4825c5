import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { AbstractConnector, Redis } from "ioredis";
import type { TestNode, ThreeNodes } from "./threeNodes.ts";

/** A counter of the tests: it speaks the counters' protocol with three nodes, and counts one hit at a time. */
export interface TermCounter {
  /** The numbers that were told, by hit, and when (ms, performance.now). */
  readonly told: ReadonlyMap<string, { number: number; at: number }>;
  /** Waits until so many more hits were told a number. */
  untilTold(more: number): Promise<void>;
  /** Ends it; a hit that is under way is not told any more. */
  stop(): Promise<void>;
}

/** How long nodes may take to say whether they lead, or to have a write on two disks (ms). */
const ANSWER_MS = 400;

/** Counts a hit once, whatever comes twice, where the caller's term holds. ARGV: the term, its number, the hit. */
const COUNT = `
if redis.call('GET', 'term') ~= ARGV[1] or redis.call('GET', 'fence') ~= ARGV[2] then
  return redis.error_reply('FENCED this is the primary of that term no more')
end
redis.call('INCR', 'pos')
local number = redis.call('HGET', 'told', ARGV[3])
if not number then
  number = redis.call('INCR', 'hits')
  redis.call('HSET', 'told', ARGV[3], number)
end
return tonumber(number)`;

/** The term in which a node leads, as it says. */
interface Lead {
  readonly redis: Redis;
  readonly term: string;
  readonly number: number;
}

/** Starts a counter; `from` is the address that it has, if it is to be on a node. */
export function startTermCounter({ nodes, password }: ThreeNodes, from?: string): TermCounter {
  const told = new Map<string, { number: number; at: number }>();
  const links = new Map<TestNode, Redis>();
  let isStopped = false;
  let floor = 0;

  const linkTo = (node: TestNode) => {
    const known = links.get(node);
    if (known !== undefined) return known;
    const made = connectAs(node, password, from);
    links.set(node, made);
    return made;
  };
  const drop = (redis: Redis) => {
    redis.disconnect();
    for (const [node, each] of links) if (each === redis) links.delete(node);
  };

  const find = async (): Promise<Lead | undefined> => {
    const leads = await Promise.all(nodes.map((node) => leadOf(node, linkTo(node)).catch(() => undefined)));
    const known = leads.filter((lead) => lead !== undefined && lead.number >= floor);
    return known.sort((one, other) => (other?.number ?? 0) - (one?.number ?? 0))[0];
  };

  const count = async ({ redis, term, number }: Lead, hit: string): Promise<number> => {
    const said = await inTime(
      3 * ANSWER_MS,
      redis
        .pipeline()
        .eval(COUNT, 0, term, number, hit)
        .wait(1, ANSWER_MS)
        .call("waitaof", 1, 1, ANSWER_MS)
        .mget("term", "fence")
        .exec(),
    );
    const failed = said?.find(([error]) => error !== null);
    if (said === null || failed?.[0]) throw failed?.[0] ?? new Error("nothing was said");
    const [counted, , synced, kept] = said.map(([, reply]) => reply);
    const [local = 0, others = 0] = synced as number[];
    const [termNow, fenceNow] = kept as string[];
    if (local < 1 || others < 1 || termNow !== term || fenceNow !== `${number}`) {
      throw new Error("it may be on one disk alone");
    }
    return Number(counted);
  };

  const run = async () => {
    let lead: Lead | undefined;
    while (!isStopped) {
      const hit = randomBytes(8).toString("hex");
      for (let number: number | undefined; number === undefined && !isStopped; ) {
        lead ??= await find();
        if (lead === undefined) {
          await sleep(20);
          continue;
        }
        try {
          number = await count(lead, hit);
          floor = Math.max(floor, lead.number);
          told.set(hit, { number, at: performance.now() });
        } catch {
          // It may have been counted: the same hit is sent again, over another connection.
          drop(lead.redis);
          lead = undefined;
        }
      }
      await sleep(5);
    }
  };
  const running = run();
  return {
    told,
    async untilTold(more) {
      const wanted = told.size + more;
      const deadline = performance.now() + 60_000;
      while (told.size < wanted) {
        if (performance.now() > deadline) throw new Error(`no ${more} more hits were told a number in 60 s`);
        await sleep(10);
      }
    },
    async stop() {
      isStopped = true;
      for (const redis of links.values()) redis.disconnect();
      await running;
      for (const redis of links.values()) redis.disconnect();
    },
  };
}

/** The data that the primary has in the end: how often it counted, and the number of each hit. */
export async function countedIn(
  node: TestNode,
  password: string,
): Promise<{ hits: number; told: Map<string, number> }> {
  const redis = connectAs(node, password);
  try {
    await inTime(2_000, new Promise((resolve) => redis.once("ready", resolve)));
    const [hits, told] = [await redis.get("hits"), await redis.hgetall("told")];
    return {
      hits: Number(hits),
      told: new Map(Object.entries(told).map(([hit, number]) => [hit, Number(number)])),
    };
  } finally {
    redis.disconnect();
  }
}

async function leadOf({ name }: TestNode, redis: Redis): Promise<Lead | undefined> {
  if (redis.status !== "ready") {
    await inTime(ANSWER_MS, new Promise((resolve) => redis.once("ready", resolve)));
  }
  const said = await inTime(ANSWER_MS, redis.pipeline().info("replication").mget("term", "fence").exec());
  const [info, kept] = (said ?? []).map(([, reply]) => reply);
  const [term, fence] = (kept ?? []) as (string | null)[];
  const [number, holder] = term?.split(" ") ?? [];
  if (term == null || holder !== name || fence !== number || !String(info).includes("role:master")) return;
  return { redis, term, number: Number(number) };
}

function connectAs({ name, address }: TestNode, password: string, from?: string): Redis {
  const [host = "", port] = address.split(":");
  const redis = new Redis({
    host,
    port: Number(port),
    username: name,
    password,
    protocol: 2,
    connectTimeout: 1_000,
    disconnectTimeout: 1,
    enableReadyCheck: false,
    disableClientInfo: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => 50,
    ...(from === undefined ? {} : { Connector: connectorFrom(host, Number(port), from) }),
  });
  return redis.on("error", () => {}); // "close" follows
}

/** Connects from an address of this machine. */
function connectorFrom(host: string, port: number, from: string) {
  return class extends AbstractConnector {
    constructor() {
      super(100);
    }
    override connect() {
      this.connecting = true;
      const socket = connect({ host, port, localAddress: from });
      this.stream = socket;
      return Promise.resolve(socket);
    }
  };
}

async function inTime<T>(ms: number, task: Promise<T>): Promise<T> {
  const over = Promise.withResolvers<never>();
  const timer = setTimeout(() => over.reject(new Error(`not within ${ms} ms`)), ms);
  try {
    return await Promise.race([task, over.promise]);
  } finally {
    clearTimeout(timer);
  }
}
