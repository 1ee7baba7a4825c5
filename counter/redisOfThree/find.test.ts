import { afterEach, beforeEach, expect, it, jest } from "@jest/globals";
import type { Connection } from "./connection.ts";
import { FIND_WITHIN, findPrimary } from "./find.ts";
import type { Said } from "./primary.ts";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const copies = ["a", "b", "c"].map((pod) => ({ pod, host: pod, port: 1 }));
const primary: Said = { role: "master", term: "8 a", fence: "8" };
const follower: Said = { role: "slave", term: "8 a", fence: "8" };

/** A connection that answers so, and notes what becomes of it. */
const saying = (said: Said) => {
  const connection = {
    looks: 0,
    isClosed: false,
    look: async () => {
      connection.looks += 1;
      return said;
    },
    write: async () => ({ script: undefined, disks: undefined, held: undefined }),
    isOpen: () => !connection.isClosed,
    onEnd: () => {},
    authenticate: async () => {},
    close: () => {
      connection.isClosed = true;
    },
  };
  return connection satisfies Connection;
};

it("keeps the connection to the primary, and none to the others", async () => {
  const connections = new Map([
    ["a", saying(primary)],
    ["b", saying(follower)],
    ["c", saying(follower)],
  ]);
  const connect = async ({ pod }: { pod: string }) => connections.get(pod) ?? saying(follower);
  const found = await findPrimary({ copies, connect, used: 0 });
  expect(found.primary?.connection).toBe(connections.get("a"));
  expect([...connections.values()].map(({ isClosed }) => isClosed)).toEqual([false, true, true]);
});

it("asks nobody whose address is told too late", async () => {
  const late = saying(primary);
  let tell = () => {};
  const connect = ({ pod }: { pod: string }) =>
    pod === "a"
      ? new Promise<Connection>((resolve) => {
          tell = () => resolve(late);
        })
      : Promise.resolve(saying(follower));
  const finding = findPrimary({ copies, connect, used: 0 });
  await jest.advanceTimersByTimeAsync(FIND_WITHIN);
  expect((await finding).primary).toBeUndefined();
  tell();
  await jest.advanceTimersByTimeAsync(0);
  expect([late.isClosed, late.looks]).toEqual([true, 0]);
});

it("takes no connection that has ended since it answered, and tells why others did not", async () => {
  const ended = saying(primary);
  ended.close();
  const connect = async ({ pod }: { pod: string }) => {
    if (pod === "c") throw new Error("getaddrinfo ENOTFOUND c");
    return pod === "a" ? ended : saying(follower);
  };
  expect(await findPrimary({ copies, connect, used: 0 })).toEqual({
    asked: [
      { pod: "a", said: primary },
      { pod: "b", said: follower },
      { pod: "c", silent: "getaddrinfo ENOTFOUND c" },
    ],
  });
});
