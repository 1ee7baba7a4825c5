import { request } from "node:http";
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import type { AppOptions } from "./app.ts";
import type { Hits } from "./hits.ts";
import { notVisits, type ServedApp, serveApp } from "./testing/serveApp.ts";
import { Unavailable } from "./unavailable.ts";

let app: ServedApp | undefined;
afterEach(() => app?.close());

const setUp = async (hits: Partial<Hits> = {}, more: Partial<AppOptions> = {}) => {
  let visits = 0;
  const onVisit = () => {
    visits += 1;
  };
  app = await serveApp(hits, { onVisit, ...more });
  return { ...app, visits: () => visits };
};

describe("the web app", () => {
  it("counts a GET of / and says so in plain text", async () => {
    const { ask } = await setUp();
    const first = await ask("/");
    expect(await first.text()).toBe("Holla! we have hit 1 times\n");
    expect(first.status).toBe(200);
    expect(Object.fromEntries(first.headers)).toMatchObject({
      "content-type": "text/plain; charset=utf-8",
      "content-length": "27",
      "cache-control": "no-store",
      "x-hitcounter-version": "1.0.0",
    });
    expect(first.headers.has("x-powered-by")).toBe(false);
    expect(first.headers.has("etag")).toBe(false);
    expect(await (await ask("/?who=me")).text()).toBe("Holla! we have hit 2 times\n");
  });

  it("shows the number without counting where a parameter of the query says so", async () => {
    const { ask, count } = await setUp();
    await ask("/");
    for (const query of ["?count=false", "?utm=1&count=false"]) {
      expect(await (await ask(`/${query}`)).text()).toBe("Holla! we have hit 1 times\n");
    }
    expect(count()).toBe(1);
    await ask("/?count=0");
    expect(count()).toBe(2);
  });

  it("puts the number wherever the message has its place", async () => {
    const { ask } = await setUp({}, { message: "№ {hits} ($& {hits})" });
    expect(await (await ask("/")).text()).toBe("№ 1 ($& 1)\n");
  });

  it.each([
    ["GET", "/health", 200, '{"status":"UP"}'],
    ["GET", "/ready", 200, '{"status":"UP"}'],
    ["GET", "/hits", 200, '{"hits":0}'],
    ["HEAD", "/", 200, ""],
    ["HEAD", "/health", 200, ""],
    ["GET", "/favicon.ico", 404, "There is nothing here.\n"],
    ["GET", "/hits/", 404, "There is nothing here.\n"],
    ["GET", "/HITS", 404, "There is nothing here.\n"],
    ["GET", "//", 404, "There is nothing here.\n"],
    ["GET", "/%", 404, "There is nothing here.\n"],
    ["POST", "/nowhere", 404, "There is nothing here.\n"],
    ["HEAD", "/p/a", 200, ""],
    ["HEAD", "/badge.svg", 200, ""],
    ["POST", "/badge.svg", 405, "Only GET works here.\n"],
    ["POST", "/p/a/badge.svg", 405, "Only GET works here.\n"],
    ["POST", "/p/a", 405, "Only GET works here.\n"],
    ["POST", "/", 405, "Only GET works here.\n"],
    ["DELETE", "/hits", 405, "Only GET works here.\n"],
    ["OPTIONS", "/", 405, "Only GET works here.\n"],
  ])("answers %s %s with %i and counts nothing", async (method, path, status, body) => {
    const { ask, count } = await setUp();
    const answer = await ask(path, { method });
    expect([answer.status, await answer.text()]).toEqual([status, body]);
    expect(answer.headers.get("allow")).toBe(status === 405 ? "GET, HEAD" : null);
    expect(answer.headers.get("x-hitcounter-version")).toBe("1.0.0");
    expect(count()).toBe(0);
  });

  it("tells the total without counting", async () => {
    const { ask } = await setUp();
    await ask("/");
    const answer = await ask("/hits");
    expect(await answer.json()).toEqual({ hits: 1 });
    expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(await (await ask("/hits")).json()).toEqual({ hits: 1 });
  });

  it.each(["/", "/?x", "/?count=false", "/hits"])(
    "answers %s with 503 and when to ask again while there is no number",
    async (path) => {
      const fail = () =>
        Promise.reject(new Unavailable("patience", "The count cannot be reached right now."));
      const { ask } = await setUp({ next: fail, total: fail });
      const answer = await ask(path);
      expect([answer.status, await answer.text()]).toEqual([
        503,
        "The count cannot be reached right now. Please try again.\n",
      ]);
      expect(answer.headers.get("retry-after")).toBe("1");
      expect((await ask("/ready")).status).toBe(200);
    },
  );

  it("says in a header how far the count has gone back", async () => {
    const lost = new Unavailable("lost", "The count has gone back.", { from: 41_230, to: 7 });
    const { ask } = await setUp({ total: () => Promise.reject(lost) });
    const { status, headers } = await ask("/hits");
    expect([status, headers.get("x-hitcounter-gone-back")]).toEqual([503, "41230 7"]);
  });

  it("answers an unforeseen failure with 500 and logs it", async () => {
    const { ask, logged } = await setUp({ next: () => Promise.reject(new Error("a bug")) });
    const answer = await ask("/");
    expect([answer.status, await answer.text()]).toEqual([500, "Something went wrong here.\n"]);
    expect((await ask("/?x")).status).toBe(500);
    expect(logged).toEqual(["A request failed", "A request failed"]);
  });

  it("passes on the request's id and the proxy's mark, and no id that is none", async () => {
    const told: unknown[] = [];
    const { ask } = await setUp({
      next: async (_wanted, hit) => {
        told.push(hit);
        return 1;
      },
    });
    const id = "0123456789abcdef0123456789ABCDEF";
    await ask("/", { headers: { "X-Request-ID": id } });
    await ask("/", { headers: { "X-Request-ID": id, "X-HitCounter-Retry": "1" } });
    for (const none of ["mine", `${id}0`, `${id.slice(1)}g`]) {
      await ask("/", { headers: { "X-Request-ID": none } });
    }
    await ask("/p/about", { headers: { "X-Request-ID": id } });
    expect(told).toEqual([
      { id, retry: false },
      { id, retry: true },
      { retry: false },
      { retry: false },
      { retry: false },
      { id, retry: false, page: "about" },
    ]);
  });

  it("counts nothing in a dry run, and answers as to a hit", async () => {
    const { ask, count } = await setUp();
    await ask("/");
    const answer = await ask("/", { headers: { "X-HitCounter-Dry-Run": "true" } });
    expect([answer.status, await answer.text()]).toEqual([200, "Holla! we have hit 1 times\n"]);
    expect(count()).toBe(1);
  });

  it("answers a dry run with 503 as it would a hit", async () => {
    const { ask } = await setUp({ dryRun: () => Promise.reject(new Unavailable("patience", "Away.")) });
    expect((await ask("/", { headers: { "X-HitCounter-Dry-Run": "true" } })).status).toBe(503);
  });

  it("asks whether the client is still there before it counts", async () => {
    let wanted = () => true;
    const { port } = await setUp({
      next: (asked = wanted) => {
        wanted = asked;
        return new Promise(() => {});
      },
    });
    const asking = request({ port, host: "127.0.0.1", path: "/" }).on("error", () => {});
    asking.end();
    const before = wanted;
    while (wanted === before) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(wanted()).toBe(true);
    asking.destroy();
    while (wanted()) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(wanted()).toBe(false);
  });

  it("when stopping, is not ready, is still alive, serves and closes each connection", async () => {
    const { ask } = await setUp({}, { stopping: () => true });
    expect((await ask("/ready")).status).toBe(503);
    expect((await ask("/health")).status).toBe(200);
    const answer = await ask("/");
    expect(await answer.text()).toBe("Holla! we have hit 1 times\n");
    expect(answer.headers.get("connection")).toBe("close");
  });

  it("takes for a visit what counts, whatever its answer, and nothing else", async () => {
    const { ask, visits } = await setUp({ next: () => Promise.reject(new Unavailable("patience", "Away.")) });
    for (const [, path, init] of notVisits) {
      await ask(path, init);
    }
    expect(visits()).toBe(0);
    expect((await ask("/")).status).toBe(503);
    expect(visits()).toBe(1);
  });

  it("tells Prometheus what it answered", async () => {
    const { ask } = await setUp();
    await ask("/");
    await ask("/");
    await ask("/some/path");
    const answer = await ask("/metrics");
    const text = await answer.text();
    expect(answer.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).toContain('http_requests_total{path="/",code="200"} 2\n');
    expect(text).toContain('http_requests_total{path="other",code="404"} 1\n');
    expect(text).toContain('http_request_duration_seconds_count{path="/",code="200"} 2\n');
    expect(text).toContain("hitcounter_hits_total 2\n");
    expect(text).toContain("hitcounter_waiting_requests 0\n");
    expect(text).toContain("hitcounter_redis_up 1\n");
    expect(text).toContain('hitcounter_counter_info{version="1.0.0"} 1\n');
  });

  it.each([
    ["what is not HTTP", "hello\r\n\r\n", /^HTTP\/1\.1 400 /],
    [
      "a header too large",
      `GET / HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(20_000)}\r\n\r\n`,
      /^HTTP\/1\.1 431 /,
    ],
  ])("refuses %s and counts nothing", async (_case, bytes, expected) => {
    const { port, count } = await setUp();
    const answer = await new Promise<string>((resolve) => {
      let text = "";
      const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
      socket.on("error", () => {});
      socket.on("data", (chunk) => {
        text += chunk;
      });
      socket.on("close", () => resolve(text));
    });
    expect(answer).toMatch(expected);
    expect(count()).toBe(0);
  });
});
