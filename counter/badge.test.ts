import { afterEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { AppOptions } from "./app.ts";
import { type Badge, badgeFor } from "./badge.ts";
import { BadBadge, readBadge } from "./badgeQuery.ts";
import type { Hits } from "./hits.ts";
import { type ServedApp, serveApp } from "./testing/serveApp.ts";
import { readSvg } from "./testing/svg.ts";
import { Unavailable } from "./unavailable.ts";

let app: ServedApp | undefined;
afterEach(() => app?.close());

const setUp = async (hits: Partial<Hits> = {}, more: Partial<AppOptions> = {}) => {
  app = await serveApp(hits, more);
  return app;
};
const titleOf = (svg: string) => readSvg(svg).texts.title;

const STYLES = ["flat", "flat-square", "plastic", "for-the-badge", "social"];

describe("a badge", () => {
  it("counts a hit and shows its number in full", async () => {
    const { ask, count } = await setUp();
    const badge = await ask("/badge.svg");
    expect([badge.status, titleOf(await badge.text()), count()]).toEqual([200, ["hits: 1"], 1]);
    expect(titleOf(await (await ask("/badge.svg?label=visits&style=flat-square&count=true")).text())).toEqual(
      ["visits: 2"],
    );
    expect(await (await ask("/")).text()).toBe("Holla! we have hit 3 times\n");
    const { saying } = await badgeFor("");
    expect(titleOf(saying(Number.MAX_SAFE_INTEGER).body)).toEqual(["hits: 9007199254740991"]);
  });

  it("is asked for again each time, may be shown anywhere, and does nothing there", async () => {
    const { ask } = await setUp();
    for (const method of ["GET", "HEAD"]) {
      const { headers } = await ask("/badge.svg", { method });
      expect(Object.fromEntries(headers)).toMatchObject({
        "content-type": "image/svg+xml; charset=utf-8",
        "cache-control": "max-age=0, no-cache, no-store, must-revalidate",
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
        "cross-origin-resource-policy": "cross-origin",
        "x-content-type-options": "nosniff",
      });
      expect(headers.has("etag")).toBe(false);
    }
  });

  it("of a page has the page's number, and moves the total too", async () => {
    const { ask } = await setUp();
    const titles = [];
    for (const path of ["/p/a/badge.svg", "/badge.svg", "/p/a/badge.svg?label=a", "/p/badge.svg/badge.svg"]) {
      titles.push(titleOf(await (await ask(path)).text())?.[0]);
    }
    expect(titles).toEqual(["hits: 1", "hits: 2", "a: 2", "hits: 1"]);
    expect(await (await ask("/p/badge.svg")).text()).toBe("Holla! we have hit 2 times\n");
    expect(await (await ask("/hits")).json()).toEqual({ hits: 5 });
  });

  it("is told to Prometheus under one name for all pages", async () => {
    const { ask } = await setUp();
    for (const path of ["/badge.svg", "/p/a/badge.svg", "/p/b/badge.svg?style=social"]) await ask(path);
    const metrics = await (await ask("/metrics")).text();
    expect(metrics).toContain('http_requests_total{path="/badge.svg",code="200"} 1\n');
    expect(metrics).toContain('http_requests_total{path="/p/*/badge.svg",code="200"} 2\n');
    expect(metrics).toContain("hitcounter_hits_total 3\n");
  });

  it.each(["/badge.svg?count=false", "/p/a/badge.svg?label=a&count=false"])(
    "shows without counting: %s",
    async (path) => {
      const { ask, count } = await setUp();
      await ask("/p/a");
      expect(titleOf(await (await ask(path)).text())?.[0]).toMatch(/: 1$/);
      expect(count()).toBe(1);
    },
  );

  it.each(["/badge.svg?colour=red", "/badge.svg?count=no", "/p/a/badge.svg?label=%00"])(
    "that can't be counts nothing, and it is told in words why: %s",
    async (path) => {
      const { ask, count, logged } = await setUp();
      const answer = await ask(path);
      expect([answer.status, count(), logged]).toEqual([400, 0, []]);
      expect(answer.headers.get("content-type")).toBe("text/plain; charset=utf-8");
      expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
      expect(answer.headers.get("cache-control")).toBe("no-store");
      expect(await answer.text()).toMatch(
        /^(There is no parameter "colour":|count must be|label must be) .*\.\n$/,
      );
      expect((await ask(path, { method: "HEAD" })).status).toBe(400);
    },
  );

  it.each([
    "/badge.svg/",
    "/Badge.svg",
    "/badgexsvg",
    "/badge",
    "/p/badge.svg/x",
    "/p//badge.svg",
    "/p/a/b/badge.svg",
  ])("is not at %s", async (path) => {
    const { ask, count } = await setUp();
    expect([(await ask(path)).status, count()]).toEqual([404, 0]);
  });

  it("of a page is not there where no pages are wanted", async () => {
    const { ask, count } = await setUp({}, { maxPages: 0 });
    const answer = await ask("/p/a/badge.svg");
    expect([answer.status, await answer.text(), count()]).toEqual([404, "There is nothing here.\n", 0]);
    expect((await ask("/badge.svg")).status).toBe(200);
  });

  it("of a page that is one more than there may be says so, with 404", async () => {
    const { ask, count } = await setUp();
    for (const path of ["/p/a/badge.svg", "/p/b/badge.svg"]) await ask(path);
    for (const query of ["", "?count=false"]) {
      const answer = await ask(`/p/c/badge.svg${query}`);
      expect([answer.status, titleOf(await answer.text())]).toEqual([404, ["hits: not counted"]]);
    }
    expect(count()).toBe(2);
  });

  it("says that there is no number, with 503 and when to ask again", async () => {
    const fail = () =>
      Promise.reject(new Unavailable("lost", "The count has gone back.", { from: 9, to: 7 }));
    const { ask } = await setUp({ next: fail, total: fail });
    for (const path of ["/badge.svg?label=visits", "/badge.svg?label=visits&count=false"]) {
      const { status, headers, text } = await told(await ask(path));
      expect([status, titleOf(text)]).toEqual([503, ["visits: unavailable"]]);
      expect(headers).toMatchObject({
        "cache-control": "max-age=0, no-cache, no-store, must-revalidate",
        "retry-after": "1",
        "x-hitcounter-gone-back": "9 7",
      });
    }
  });
});

const told = async (answer: Response) => ({
  status: answer.status,
  headers: Object.fromEntries(answer.headers),
  text: await answer.text(),
});

/** What badges are made of; no script, no link, no image, nothing foreign. */
const ELEMENTS = new Set([
  ...["svg", "title", "style", "g", "rect", "path", "text"],
  ...["clipPath", "filter", "feGaussianBlur", "linearGradient", "stop"],
]);

describe("what is drawn", () => {
  it("is an SVG of known elements that refers to nothing outside, whatever the label", async () => {
    const label = fc.oneof(
      fc.array(fc.nat(0x10ffff), { maxLength: 70 }).map((points) => String.fromCodePoint(...points)),
      fc.string({
        unit: fc.constantFrom(...`<>&"' /=:;#()]!-`, "]]>", "<!--", "&lt;", "\u0301", "א", "ß"),
        maxLength: 40,
      }),
    );
    const drawn = fc.asyncProperty(label, fc.constantFrom(...STYLES), async (wanted, style) => {
      const query = `?${new URLSearchParams({ label: wanted, style })}`;
      let badge: Badge;
      try {
        badge = await badgeFor(query);
      } catch (error) {
        expect(error).toBeInstanceOf(BadBadge);
        return;
      }
      const { elements, attributes, texts } = readSvg(badge.saying(42).body);
      expect([...elements].filter((name) => !ELEMENTS.has(name))).toEqual([]);
      expect(attributes.filter(([name]) => /^on|href|src/.test(name))).toEqual([]);
      const urls = attributes.filter(([name, value]) => name !== "aria-label" && value.includes("url("));
      expect(urls.filter(([, value]) => !/^url\(#\w+\)$/.test(value))).toEqual([]);
      expect(texts.text).toContain("42");
      // The other two have capitals.
      if (/^flat|^plastic/.test(style)) expect(texts.title).toEqual([`${readBadge(query).label}: 42`]);
    });
    await fc.assert(drawn, { numRuns: 300 });
  });

  it.each(STYLES)("has the label as it was given in the style %s, but for capitals", async (style) => {
    const label = `<b onclick="x">&amp; 'ö' 👩‍💻 כ e\u0301</b>`;
    const { saying } = await badgeFor(`?${new URLSearchParams({ label, style })}`);
    const { texts } = readSvg(saying(7).body);
    expect(texts.title?.[0]?.toLowerCase()).toBe(`${label}: 7`.toLowerCase());
  });

  it.each([
    ["red", "#dd4343"],
    ["critical", "#dd4343"],
    ["informational", "#007ec6"],
    ["0aF", "#0af"],
  ])("has the colour %s", async (color, fill) => {
    const { saying, unavailable } = await badgeFor(`?color=${color}`);
    expect(readSvg(saying(7).body).attributes).toContainEqual(["fill", fill]);
    expect(readSvg(unavailable().body).attributes).not.toContainEqual(["fill", fill]);
  });
});
