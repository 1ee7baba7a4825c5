import { afterEach, describe, expect, it } from "@jest/globals";
import type { AppOptions } from "./app.ts";
import type { Hits } from "./hits.ts";
import { type ServedApp, serveApp } from "./testing/serveApp.ts";

let app: ServedApp | undefined;
afterEach(() => app?.close());

const setUp = async (hits: Partial<Hits> = {}, more: Partial<AppOptions> = {}) => {
  app = await serveApp(hits, more);
  return app;
};

describe("pages that are counted apart", () => {
  it("counts pages apart, and each hit of one in the total", async () => {
    const { ask } = await setUp();
    const numbers = [];
    for (const path of ["/p/a", "/", "/p/B.b-_1", "/p/a"]) {
      numbers.push(Number(/\d+/.exec(await (await ask(path)).text())?.[0]));
    }
    expect(numbers).toEqual([1, 2, 1, 2]);
    expect(await (await ask("/hits")).json()).toEqual({ hits: 4 });
    expect(await (await ask("/p/a?count=false")).text()).toBe("Holla! we have hit 2 times\n");
    expect(await (await ask("/hits")).json()).toEqual({ hits: 4 });
  });

  it("answers a page with 404 that is one more than there may be, and does not count it", async () => {
    const { ask, count } = await setUp();
    for (const path of ["/p/a", "/p/b"]) await ask(path);
    for (const path of ["/p/c", "/p/c?count=false"]) {
      const answer = await ask(path);
      expect([answer.status, await answer.text()]).toEqual([
        404,
        "As many pages are counted apart as may be, and this is none of them.\n",
      ]);
    }
    expect(count()).toBe(2);
    const metrics = await (await ask("/metrics")).text();
    expect(metrics).toContain("hitcounter_hits_total 2\n");
  });

  it.each(["/p/", "/p/.a", "/p/a/", "/p/a%20", "/p/ä", "/P/a", `/p/${"x".repeat(65)}`])(
    "has no page at %s",
    async (path) => {
      const { ask, count } = await setUp();
      expect([(await ask(path)).status, count()]).toEqual([404, 0]);
    },
  );

  it("has no pages at all where none are wanted", async () => {
    const { ask, count } = await setUp({}, { maxPages: 0 });
    expect([(await ask("/p/a")).status, (await ask("/p/a", { method: "POST" })).status, count()]).toEqual([
      404, 404, 0,
    ]);
  });

  it.each([
    ["?by=hour", { hits: 0, by: "hour", counts: [], earlier: 0, unattributed: 0 }],
    ["?by=day", { hits: 0, by: "day", counts: [], earlier: 0, unattributed: 0 }],
    ["?pages", { hits: 0, pages: [], cursor: "17" }],
    ["?pages&cursor=17", { hits: 0, pages: [], cursor: "17" }],
    ["?visitors", { hits: 0 }],
    ["?by=week", { hits: 0 }],
    ["?pages&cursor=x", { hits: 0 }],
  ])("tells by /hits%s what is asked for", async (query, told) => {
    const { ask } = await setUp();
    expect(await (await ask(`/hits${query}`)).json()).toEqual(told);
  });
});
