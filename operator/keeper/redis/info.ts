import type { Follower, Link } from "../types.ts";
import { addressOf } from "./address.ts";

/** Fields of what INFO answers, by their names. */
export type Fields = Readonly<Record<string, string | undefined>>;

/** The fields of what INFO answered. */
export function fieldsOf(info: string): Fields {
  const fields: Record<string, string> = {};
  for (const line of info.split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 1);
  }
  return fields;
}

/** To whom a node belongs, by INFO replication; undefined for one that takes writes. */
export function linkIn(fields: Fields): Link | undefined {
  if (fields.role !== "slave") return undefined;
  const up = fields.master_link_status === "up" && fields.master_sync_in_progress === "0";
  const heard = Number(fields.master_last_io_seconds_ago ?? -1);
  return {
    primary: addressOf(fields.master_host ?? "", fields.master_port ?? ""),
    up,
    heardSecondsAgo: up && heard >= 0 ? heard : undefined,
  };
}

const FOLLOWER = /^ip=([^,]*),port=(\d+),state=(\w+),.*\blag=(\d+)/;

/** Who follows a node, by INFO replication: `slave0:ip=10.1.2.3,port=6379,state=online,offset=1,lag=0`. */
export function followersIn(fields: Fields): Follower[] {
  const count = Number(fields.connected_slaves ?? 0);
  const followers: Follower[] = [];
  for (let index = 0; index < count; index += 1) {
    const [, ip = "", port = "", state, lag] = FOLLOWER.exec(fields[`slave${index}`] ?? "") ?? [];
    followers.push({ address: addressOf(ip, port), online: state === "online", lagSeconds: Number(lag) });
  }
  return followers;
}

/**
 * Whether the append-only file is being rewritten or is about to be, by INFO persistence. What a replica got when it began
 * to follow is on its disk only when the rewrite after it has ended; one that failed is due again.
 */
export const isRewriting = (fields: Fields): boolean =>
  fields.aof_rewrite_in_progress !== "0" || fields.aof_rewrite_scheduled !== "0";
