import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import { countHits, numberIn } from "./countHits.ts";
import { hasty } from "./testing/surroundings.ts";

const MESSAGE = "Holla! we have hit {hits} times";
let server: Server | undefined;

afterEach(() => {
  server?.close();
});

/** A proxy that answers so to each GET of `/`, given the number of it, and tells this count. */
async function proxy(answer: (hit: number) => string, count: (hits: number) => number = (hits) => hits) {
  let hits = 40;
  server = createServer(({ url }, response) => {
    if (url === "/") hits += 1;
    response.end(url === "/" ? answer(hits) : JSON.stringify({ hits: count(hits) }));
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const visit = async (url: string, message = MESSAGE) => {
  const { surroundings, waitedFor } = hasty();
  const end = await countHits
    .run({ url, message, timeout: 60 }, surroundings)
    .catch((error: Error) => `failed: ${error.message}`);
  return { end, waitedFor: waitedFor() };
};

describe("counting hits", () => {
  it("sees that two hits raised the count", async () => {
    const url = await proxy((hit) => `Holla! we have hit ${hit} times\n`);
    expect((await visit(url)).end).toBe(`${url} counts: 40 hits before, 42 after two more`);
  });

  it("sees it where the message has no number, too", async () => {
    const url = await proxy(() => "Welcome\n");
    expect((await visit(url, "Welcome")).end).toContain("42 after two more");
  });

  it("sees that others were counted meanwhile", async () => {
    const url = await proxy(
      (hit) => `Holla! we have hit ${hit * 2} times\n`,
      (hits) => hits * 2,
    );
    expect((await visit(url)).end).toContain("80 hits before, 84 after");
  });

  it.each<[string, (hit: number) => string, ((hits: number) => number) | undefined, string]>([
    ["a count that stays", (hit) => `Holla! we have hit ${hit} times\n`, () => 40, "40, 41, 42, 40"],
    ["a number given twice", () => "Holla! we have hit 41 times\n", undefined, "40, 41, 41, 42"],
    ["an old number", () => "Holla! we have hit 7 times\n", undefined, "40, 7, 7, 42"],
    ["another answer", () => "Welcome\n", undefined, "not as the message says"],
  ])("fails at once on %s", async (_what, answer, count, words) => {
    const { end, waitedFor } = await visit(await proxy(answer, count));
    expect(end).toMatch(/^failed: /);
    expect(end).toContain(words);
    expect(waitedFor).toEqual([]);
  });

  it("waits for a proxy that is away, until time is up", async () => {
    const url = await proxy(() => "");
    server?.close();
    server?.closeAllConnections();
    const { end } = await visit(url);
    expect(end).toMatch(/^failed: Not within 60 s: .*ECONNREFUSED/);
  });
});

describe("the number in an answer", () => {
  it.each([
    ["Holla! we have hit 42 times\n", MESSAGE, 42],
    ["42\n", "{hits}", 42],
    ["24/7: 42 of 42.\n", "24/7: {hits} of {hits}.", 42],
    ["24/7\n", "24/7", undefined],
    ["$& 42 (\n", "$& {hits} (", 42],
  ])("%j, as the message is %j, is %s", (answer, message, number) => {
    expect(numberIn(answer, message)).toBe(number);
  });

  it.each([
    ["Holla! we have hit 42 times", MESSAGE],
    ["Holla! we have hit  times\n", MESSAGE],
    ["41 of 42\n", "{hits} of {hits}"],
  ])("%j is no answer as the message is %j", (answer, message) => {
    expect(() => numberIn(answer, message)).toThrow("not as the message says");
  });
});
