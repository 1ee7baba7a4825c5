import type { Follower, Link } from "../types.ts";
import { addressOf } from "./address.ts";

/** The fields of what INFO answers, by their names. */
export function fieldsOf(info: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of info.split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return fields;
}

/** To whom a node belongs, by INFO replication; undefined for one that takes writes. */
export function linkIn(fields: ReadonlyMap<string, string>): Link | undefined {
  if (fields.get("role") !== "slave") return undefined;
  const up = fields.get("master_link_status") === "up" && fields.get("master_sync_in_progress") === "0";
  const heard = Number(fields.get("master_last_io_seconds_ago") ?? -1);
  return {
    primary: addressOf(fields.get("master_host") ?? "", fields.get("master_port") ?? ""),
    up,
    heardSecondsAgo: up && heard >= 0 ? heard : undefined,
  };
}

/** Who follows a node, by INFO replication: `slave0:ip=10.1.2.3,port=6379,state=online,offset=1,lag=0`. */
export function followersIn(fields: ReadonlyMap<string, string>): Follower[] {
  const count = Number(fields.get("connected_slaves") ?? 0);
  const followers: Follower[] = [];
  for (let index = 0; index < count; index += 1) {
    const pairs = (fields.get(`slave${index}`) ?? "").split(",").map((pair) => pair.split("="));
    const { ip = "", port = "", state, lag } = Object.fromEntries(pairs) as Record<string, string>;
    followers.push({ address: addressOf(ip, port), online: state === "online", lagSeconds: Number(lag) });
  }
  return followers;
}

/**
 * Whether the append-only file is being rewritten or is about to be, by INFO persistence. What a replica got when it began
 * to follow is on its disk only when the rewrite after it has ended; one that failed is due again.
 */
export const isRewriting = (fields: ReadonlyMap<string, string>): boolean =>
  fields.get("aof_rewrite_in_progress") !== "0" || fields.get("aof_rewrite_scheduled") !== "0";
