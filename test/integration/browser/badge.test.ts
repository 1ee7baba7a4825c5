import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { open, type RealBrowser, startBrowser } from "../../support/browser.ts";
import { type Site, startSite } from "../../support/site.ts";
import { type Visit, visit } from "../../support/visit.ts";

/** Somebody else's page: it shows what stands in its own query as an image. */
const ELSEWHERE = (src: string) =>
  `<!doctype html><html lang="en"><title>A README</title><link rel="icon" href="data:,"><main><h1>A README</h1><img alt="hits" src="${src}"></main></html>`;
let chromium: RealBrowser;
let site: Site;
let elsewhere: Server;
let opened: Visit | undefined;

beforeAll(async () => {
  elsewhere = createServer((request, response) => {
    const src = new URL(request.url ?? "", "http://127.0.0.1").searchParams.get("src") ?? "";
    response.setHeader("Content-Type", "text/html; charset=utf-8").end(ELSEWHERE(src));
  });
  [chromium, site] = await Promise.all([startBrowser(), startSite({ MAX_PAGES: "2" })]);
  await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
}, 1_800_000);
afterEach(async () => {
  await opened?.close();
  opened = undefined;
});
afterAll(async () => {
  elsewhere?.close().closeAllConnections();
  await Promise.all([chromium?.remove(), site?.remove()]);
});

/** Opens somebody else's page that shows this badge; it is loaded then, with its images. */
async function showing(badge: string): Promise<Visit> {
  opened = await visit(chromium.browser);
  const { port } = elsewhere.address() as AddressInfo;
  const src = encodeURIComponent((site.url + badge).replaceAll("&", "&amp;"));
  await open(opened.page, `http://127.0.0.1:${port}/?src=${src}`);
  return opened;
}
const sizeOf = async ({ page }: Visit) =>
  await page.evaluate<{ width: number; height: number }>(
    "(({ naturalWidth: width, naturalHeight: height }) => ({ width, height }))(document.images[0])",
  );
const asked = ({ requests }: Visit) => requests.filter((request) => request.includes(site.url));

describe("a badge, in a real Chromium", () => {
  it.each(["flat", "flat-square", "plastic", "for-the-badge", "social"])(
    "in the style %s is drawn on somebody else's page, asks for nothing itself and counts one",
    async (style) => {
      const before = await site.hits();
      const badge = `badge.svg?style=${style}&label=visits&color=blue`;
      const seen = await showing(badge);
      const { width, height } = await sizeOf(seen);
      expect(width).toBeGreaterThan(height * 2);
      expect(height).toBeGreaterThanOrEqual(18);
      expect(asked(seen)).toEqual([`GET ${site.url}${badge}`]);
      expect(seen.requests).toHaveLength(2);
      expect(seen.complaints).toEqual([]);
      expect(await site.hits()).toBe(before + 1);
    },
  );

  it("is asked for again when the page is loaded again, and counts again", async () => {
    const seen = await showing("badge.svg");
    const before = await site.hits();
    for (let time = 1; time <= 2; time += 1) {
      await seen.page.reload();
      expect(await site.hits()).toBe(before + time);
    }
  });

  it("shows without counting where it shall", async () => {
    const before = await site.hits();
    const seen = await showing("badge.svg?count=false");
    expect(await sizeOf(seen)).not.toMatchObject({ width: 0 });
    expect(await site.hits()).toBe(before);
  });

  it("of a page has the page's number, and moves the total", async () => {
    const before = await site.hits();
    const seen = await showing("p/about/badge.svg");
    expect(await sizeOf(seen)).not.toMatchObject({ width: 0 });
    expect(await site.redis.command("HGET", "pages", "about")).toBe("1");
    expect(await site.hits()).toBe(before + 1);
  });

  it("opened by itself has its words as text, whatever label it was given, and runs nothing", async () => {
    const label = "<script>document.title='run'</script>";
    opened = await visit(chromium.browser);
    await open(opened.page, `${site.url}badge.svg?label=${encodeURIComponent(label)}`);
    expect(await opened.page.locator("svg").first().getAttribute("aria-label")).toBe(
      `${label}: ${await site.hits()}`,
    );
    expect(await opened.page.title()).not.toBe("run");
    expect(opened.complaints).toEqual([]);
  });
});
