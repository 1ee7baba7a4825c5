import { expect, it } from "@jest/globals";
import { rememberAddresses } from "./addresses.ts";

const byHand = () => {
  const asked: { host: string; answer: (address: string) => void; fail: () => void }[] = [];
  const addressOf = rememberAddresses(
    (host) =>
      new Promise((answer, reject) =>
        asked.push({ host, answer, fail: () => reject(new Error("EAI_AGAIN")) }),
      ),
  );
  return { asked, addressOf };
};

it("waits for the first look-up, and not for those after it", async () => {
  const { asked, addressOf } = byHand();
  const first = addressOf("redis-0");
  asked[0]?.answer("10.0.0.1");
  expect(await first).toBe("10.0.0.1");
  expect(await addressOf("redis-0")).toBe("10.0.0.1");
  expect(await addressOf("redis-0")).toBe("10.0.0.1");
  expect(asked).toHaveLength(2);
  asked[1]?.answer("10.0.0.2");
  await Promise.resolve();
  expect(await addressOf("redis-0")).toBe("10.0.0.2");
});

it("keeps the last address while DNS is away, and asks again", async () => {
  const { asked, addressOf } = byHand();
  const first = addressOf("redis-0");
  asked[0]?.answer("10.0.0.1");
  await first;
  for (const index of [1, 2, 3]) {
    expect(await addressOf("redis-0")).toBe("10.0.0.1");
    asked[index]?.fail();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(asked).toHaveLength(4);
});

it("fails where there never was an answer, and asks one time for all who wait", async () => {
  const { asked, addressOf } = byHand();
  const all = [addressOf("redis-0"), addressOf("redis-0")];
  asked[0]?.fail();
  expect((await Promise.allSettled(all)).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(asked).toHaveLength(1);
});

it("looks up no address", async () => {
  const { asked, addressOf } = byHand();
  expect(await addressOf("10.0.0.1")).toBe("10.0.0.1");
  expect(await addressOf("fd00::1")).toBe("fd00::1");
  expect(asked).toHaveLength(0);
});
