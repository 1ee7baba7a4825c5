import { afterEach, describe, expect, it } from "@jest/globals";
import type { AppOptions } from "./app.ts";
import type { Hits } from "./hits.ts";
import { type ServedApp, serveApp } from "./testing/serveApp.ts";
import { Unavailable } from "./unavailable.ts";

let app: ServedApp | undefined;
afterEach(() => app?.close());

const setUp = async (hits: Partial<Hits> = {}, more: Partial<AppOptions> = {}) => {
  app = await serveApp(hits, more);
  return app;
};

/** What browsers and other clients send. */
const accepts = {
  chrome:
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7",
  firefox: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
  oldFirefox: "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
  lynx: "text/html, text/plain, text/sgml, text/css, application/xhtml+xml, */*;q=0.01",
  axios: "application/json, text/plain, */*",
};
const [TEXT, HTML, JSON_TYPE] = ["text/plain", "text/html", "application/json"].map(
  (type) => `${type}; charset=utf-8`,
);

describe("the form in which a number is told", () => {
  it.each([
    [accepts.chrome, HTML],
    [accepts.firefox, HTML],
    [accepts.oldFirefox, HTML],
    [accepts.lynx, HTML],
    [accepts.axios, JSON_TYPE],
    ["TEXT/HTML", HTML],
    ["application/json", JSON_TYPE],
    ["application/*", JSON_TYPE],
    ["text/html;q=0.5, application/json", JSON_TYPE],
    ["text/html, application/json", HTML],
    ["text/plain, text/html;q=0.9", TEXT],
    ["text/html;q=0.9, text/plain", TEXT],
    ["text/html;q=0", TEXT],
    ["text/html;q=0, application/json;q=0.1", JSON_TYPE],
    ["*/*", TEXT],
    ["text/*", TEXT],
    ["image/avif,image/webp,*/*", TEXT],
    ["image/png", TEXT],
    ["", TEXT],
    ["text/html;;;q=zz,,/,", TEXT],
  ])("for Accept %s is %s", async (accept, type) => {
    const { ask, count } = await setUp();
    for (const path of ["/", "/p/about", "/?x", "/?count=false", "/p/about?count=false"]) {
      const { status, headers } = await ask(path, { headers: { accept } });
      expect([status, headers.get("content-type"), headers.get("vary")]).toEqual([200, type, "Accept"]);
      expect(headers.get("cache-control")).toBe("no-store");
    }
    expect(count()).toBe(3);
  });

  it("is the one that is wanted in an Accept that is all but too long for Node.js", async () => {
    const { ask } = await setUp();
    const { headers } = await ask("/", { headers: { accept: `${"a/b,".repeat(3000)}text/html` } });
    expect(headers.get("content-type")).toBe(HTML);
  });

  it("as JSON is the number alone, and of a page its name too", async () => {
    const { ask } = await setUp();
    const json = async (path: string) =>
      (await ask(path, { headers: { accept: "application/json" } })).json();
    expect(await json("/")).toEqual({ hits: 1 });
    expect(await json("/p/about")).toEqual({ page: "about", hits: 1 });
    expect(await json("/p/about?count=false")).toEqual({ page: "about", hits: 1 });
    expect(await json("/?count=false")).toEqual({ hits: 2 });
  });

  it("makes no difference to the head, nor to what else the counter answers", async () => {
    const { ask, count } = await setUp();
    const asked = async (path: string, init: RequestInit, accept: string) => {
      const { status, headers } = await ask(path, { ...init, headers: { accept } });
      return [status, ...[...headers].filter(([name]) => name !== "date")];
    };
    for (const [path, method] of [
      ["/", "HEAD"],
      ["/p/about", "HEAD"],
      ["/", "POST"],
      ["/hits", "GET"],
      ["/health", "GET"],
      ["/nowhere", "GET"],
    ] as const) {
      expect(await asked(path, { method }, accepts.chrome)).toEqual(await asked(path, { method }, "*/*"));
    }
    expect(count()).toBe(0);
  });

  it("is plain text where there is no number", async () => {
    const fail = () => Promise.reject(new Unavailable("patience", "Away."));
    const { ask } = await setUp({ next: fail, total: fail });
    for (const accept of [accepts.chrome, "application/json"]) {
      for (const path of ["/", "/?count=false"]) {
        const answer = await ask(path, { headers: { accept } });
        expect([answer.status, answer.headers.get("content-type"), await answer.text()]).toEqual([
          503,
          TEXT,
          "Away. Please try again.\n",
        ]);
      }
    }
  });

  it("is plain text where there is no room for a page", async () => {
    const { ask } = await setUp({ next: async () => 0 });
    const { status, headers } = await ask("/p/c", { headers: { accept: accepts.chrome } });
    expect([status, headers.get("content-type")]).toEqual([404, TEXT]);
  });
});

describe("a page", () => {
  const html = async ({ ask }: ServedApp, path: string) =>
    (await ask(path, { headers: { accept: accepts.firefox } })).text();

  it("says the number and counts once, as the sentence does", async () => {
    const told: unknown[] = [];
    const served = await setUp({
      next: async (_wanted, hit) => {
        told.push(hit);
        return 42;
      },
    });
    const id = "0123456789abcdef0123456789abcdef";
    const headers = { accept: accepts.chrome, "X-Request-ID": id, "X-HitCounter-Retry": "1" };
    const text = await (await served.ask("/", { headers })).text();
    expect(text).toContain('<h1 dir="auto">Holla! we have hit <span class="hits">42</span> times</h1>');
    expect(told).toEqual([{ id, retry: true }]);
  });

  it("keeps its number current from where it has it: the total's, or a page's own", async () => {
    const served = await setUp();
    for (const [path, from] of [
      ["/", "/hits"],
      ["/?x=1", "/hits"],
      ["/p/about", "/p/about?count=false"],
      ["/p/about?x", "/p/about?count=false"],
    ] as const) {
      const said = /data-from="(.*?)"/.exec(await html(served, path))?.[1] ?? "";
      const url = new URL(said, `http://x${path}`);
      expect(url.pathname + url.search).toBe(from);
      const answer = await served.ask(from, { headers: { accept: "application/json" } });
      const hits = path.startsWith("/p")
        ? { page: "about", hits: served.count() - 2 }
        : { hits: served.count() };
      expect(await answer.json()).toEqual(hits);
    }
  });

  it("shows the number alone where what was counted lately can't be had, once it is counted", async () => {
    for (const error of [new Unavailable("patience", "Away."), new Error("a bug")]) {
      const served = await setUp({ history: () => Promise.reject(error) });
      const text = await html(served, "/");
      expect(text).toContain('<span class="hits">1</span>');
      expect(text).not.toContain("<svg");
      expect([served.count(), served.logged]).toEqual([
        1,
        error instanceof Unavailable ? [] : ["A history could not be read"],
      ]);
      await served.close();
    }
  });

  it("is all that asks for the history", async () => {
    const asked: string[] = [];
    const served = await setUp({
      history: async (by) => {
        asked.push(by);
        return { hits: 1, by, counts: [], earlier: 0, unattributed: 0 };
      },
    });
    for (const accept of ["*/*", "application/json"]) await served.ask("/", { headers: { accept } });
    expect(asked).toEqual([]);
    await html(served, "/?count=false");
    expect(asked).toEqual(["hour", "day"]);
  });
});
