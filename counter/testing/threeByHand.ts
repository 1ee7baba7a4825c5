import { setImmediate as turn } from "node:timers/promises";
import { ReplyError } from "ioredis";
import type { ScriptCall } from "../batch.ts";
import type { Credentials } from "../credentials.ts";
import type { Log } from "../logger.ts";
import type { Connect } from "../redisOfThree/connection.ts";
import { connectRedisOfThree } from "../redisOfThree/link.ts";
import type { Said } from "../redisOfThree/primary.ts";

/** What a copy says to a connection of its own, and how it answers a write: all that a test may change at any time. */
export interface FakeCopy {
  said: Said | "silent" | "refuses";
  /** The reply to the script, or an error's words; and the disks. */
  script: readonly number[] | string;
  disks: readonly [number, number];
  /** When set, what is held at the end of a write, if it is not what was said. */
  held: readonly [string, string] | undefined;
  /** The connections to it that are open. */
  open: Set<{ cut(): void }>;
  /** What it was asked to write, by the term. */
  readonly writes: { call: ScriptCall; term: string }[];
  /** Whom it let in. */
  readonly users: (Credentials | undefined)[];
}

const primaryOf = (term: string): Said => ({ role: "master", term, fence: term.split(" ")[0] ?? "" });

/** Three copies that are no processes, the first the primary in term 8, and a link to them. */
export function threeByHand() {
  const follower: Said = { role: "slave", term: "8 a", fence: "8" };
  const copy = (said: Said): FakeCopy => ({
    said,
    script: [1],
    disks: [1, 1],
    held: undefined,
    open: new Set(),
    writes: [],
    users: [],
  });
  const copies = { a: copy(primaryOf("8 a")), b: copy(follower), c: copy(follower) };
  const logged: [string, Record<string, unknown> | undefined][] = [];
  const log: Log = (_level, msg, fields) => void logged.push([msg, fields]);
  const finds: string[] = [];
  let credentials: Credentials = { username: "counter-a", password: "old" };

  const places: string[] = [];
  const connect: Connect = ({ pod, host, port }, read) => {
    places.push(`${pod} at ${host}:${port}`);
    const fake = copies[pod as keyof typeof copies];
    const callbacks: ((fault: unknown) => void)[] = [];
    const lost: ((error: Error) => void)[] = [];
    let isOpen = false;
    const end = (fault: Error) => {
      isOpen = false;
      fake.open.delete(connection);
      for (const reject of lost.splice(0)) reject(fault);
      for (const callback of callbacks.splice(0)) callback(fault);
    };
    const answered = <T>(value: () => T) =>
      new Promise<T>((resolve, reject) => {
        lost.push(reject);
        setImmediate(() => resolve(value()));
      });
    const connection = { cut: () => end(new Error("ECONNRESET")) };
    fake.open.add(connection);
    return {
      async look() {
        fake.users.push(read);
        const { said } = fake;
        if (said === "refuses") throw new Error("ECONNREFUSED");
        if (said === "silent") return await new Promise<never>((_resolve, reject) => lost.push(reject));
        isOpen = true;
        return await answered(() => said);
      },
      async write(call, term) {
        fake.writes.push({ call, term: term.text });
        if (fake.said === "silent") return await new Promise<never>((_resolve, reject) => lost.push(reject));
        return await answered(() => ({
          script: typeof fake.script === "string" ? new ReplyError(fake.script) : fake.script,
          disks: fake.disks,
          held: fake.held ?? [term.text, `${term.number}`],
        }));
      },
      isOpen: () => isOpen,
      onEnd: (callback) => void callbacks.push(callback),
      authenticate: async (to) => void fake.users.push(to),
      close: () => end(new Error("closed")),
    };
  };

  const link = connectRedisOfThree({
    copies: Object.keys(copies).map((pod) => ({ pod, host: "127.0.0.1", port: 1 })),
    readCredentials: () => credentials,
    answerSeconds: 5,
    log,
    random: () => 0,
    onFind: (result) => void finds.push(result),
    connect,
  });
  return {
    ...copies,
    link,
    logged,
    finds,
    /** Where each copy was connected to, in turn. */
    places,
    /** Ends the term of the one and begins another's. */
    promote(pod: keyof typeof copies, number: number) {
      for (const each of Object.values(copies)) {
        if (typeof each.said !== "string")
          each.said = { role: "slave", term: each.said.term, fence: `${number}` };
      }
      copies[pod].said = primaryOf(`${number} ${pod}`);
    },
    become(to: Credentials) {
      credentials = to;
    },
    /** Waits until there is a primary, by the clock of this machine or by a test's. */
    async ready(pass: () => void = () => {}) {
      for (let turns = 0; !link.isReady(); turns++) {
        if (turns === 500) throw new Error("No primary was found");
        pass();
        await turn();
      }
    },
  };
}
