import type { FaultProxy, ProxiedRequest } from "./faultProxy.ts";

/** A HitCounter of the tests of crashes: its children are named after it, with a dash. */
export interface Victim {
  namespace: string;
  name: string;
}

/** A write of the operator, such as `PATCH secrets <name>-redis`. */
export type Write = string;

/** Where a process is to die: at which of a HitCounter's writes, and on which side of the API server's doing it. */
export interface CrashPoint {
  at: number;
  side: "before" | "after";
}

interface Plan extends CrashPoint {
  seen: Write[];
  request?: ProxiedRequest;
  /** What the API server answered, where it was asked. */
  status?: number;
  reached: boolean;
}

/** Counts each HitCounter's writes as they pass a proxy, and holds those at which a process is to be killed. */
export interface Crashes {
  /** A HitCounter's writes so far. */
  writesOf(victim: Victim): readonly Write[];
  /** Holds this write of a HitCounter, counted from now, for good. */
  arm(victim: Victim, point: CrashPoint): void;
  /** Whether the write is held. */
  isHeld(victim: Victim): boolean;
  /** What passed since `arm`, the held write being the last, and what the API server answered to that. */
  disarm(victim: Victim): { seen: readonly Write[]; status: number | undefined };
}

const idOf = ({ namespace, name }: Victim) => `${namespace}/${name}`;

/**
 * Watches the writes through a proxy. Events are left out: nothing is ever read from them, they are sent beside the
 * reconcile in no order with its writes, and one that is lost is a line less in `kubectl describe`.
 */
export function watchCrashes(proxy: FaultProxy): Crashes {
  const writes = new Map<string, Write[]>();
  const plans = new Map<string, Plan>();
  const held = new Promise<undefined>(() => {});

  proxy.fault = (request) => {
    const write = writeOf(request);
    if (write === undefined) return undefined;
    const id = idOf(write.victim);
    writes.set(id, [...(writes.get(id) ?? []), write.title]);
    const plan = plans.get(id);
    if (plan === undefined) return undefined;
    plan.seen.push(write.title);
    if (plan.seen.length !== plan.at) return undefined;
    plan.request = request;
    if (plan.side === "after") return undefined;
    plan.reached = true;
    return held;
  };
  proxy.answered = (request, status) => {
    const plan = [...plans.values()].find((each) => each.request === request);
    if (plan === undefined) return undefined;
    plan.status = status;
    plan.reached = true;
    return held.then(() => {});
  };

  const planOf = (victim: Victim): Plan => {
    const plan = plans.get(idOf(victim));
    if (plan === undefined) throw new Error(`${idOf(victim)} is to meet no crash`);
    return plan;
  };
  return {
    writesOf: (victim) => [...(writes.get(idOf(victim)) ?? [])],
    arm: (victim, point) => {
      plans.set(idOf(victim), { ...point, seen: [], reached: false });
    },
    isHeld: (victim) => planOf(victim).reached,
    disarm: (victim) => {
      const { seen, status } = planOf(victim);
      plans.delete(idOf(victim));
      return { seen, status };
    },
  };
}

function writeOf({ kind, method, path }: ProxiedRequest): { victim: Victim; title: Write } | undefined {
  const [, namespace, plural, object, subresource] =
    /\/namespaces\/([^/]+)\/([^/]+)\/([^/]+)(\/[^/]+)?$/.exec(path) ?? [];
  if (kind !== "write" || namespace === undefined || object === undefined || plural === "events")
    return undefined;
  const [name = ""] = object.split("-");
  return {
    victim: { namespace, name },
    title: `${method} ${plural}${subresource ?? ""} ${object.replace(name, "<name>")}`,
  };
}
