import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import type { BrowserContextOptions } from "playwright-core";
import { EVERY_SECONDS } from "../../../counter/page/script.ts";
import { open, type RealBrowser, startBrowser } from "../../support/browser.ts";
import { type Site, startSite } from "../../support/site.ts";
import { until } from "../../support/until.ts";
import { type Visit, visit } from "../../support/visit.ts";

const saying = (number: number) => `<b>Hits</b> & "so on": ${number}`;
const NOON = Date.UTC(2026, 0, 1, 12);
/** The longest that the page waits before it looks again, and a little (ms). */
const UNTIL_A_LOOK = EVERY_SECONDS * 1000 * 1.25 + 100;
const SETTINGS = (["light", "dark"] as const).flatMap((colorScheme) =>
  [320, 1280].map((width) => ({ colorScheme, width })),
);
let chromium: RealBrowser;
let site: Site;
let opened: Visit[] = [];

beforeAll(async () => {
  [chromium, site] = await Promise.all([
    startBrowser(),
    startSite({ MESSAGE: saying(0).replace("0", "{hits}"), MAX_PAGES: "2" }),
  ]);
}, 1_800_000);
afterEach(async () => {
  await Promise.all(opened.map((each) => each.close()));
  opened = [];
});
afterAll(async () => {
  await Promise.all([chromium?.remove(), site?.remove()]);
});

/** Goes to a path of the site with a browser of these settings. */
async function goTo(path: string, settings?: BrowserContextOptions, clock?: "stands"): Promise<Visit> {
  const made = await visit(chromium.browser, settings);
  opened.push(made);
  if (clock === "stands") {
    await made.page.clock.install({ time: NOON });
    await made.page.clock.pauseAt(NOON + 1000);
  }
  await open(made.page, site.url + path);
  return made;
}
const headingOf = ({ page }: Visit) => page.locator("h1").textContent();
/** Lets the page look for its number, and waits for what it is told. */
async function look({ page }: Visit): Promise<void> {
  const told = page.waitForResponse(/\/hits$|\?count=false$/);
  await page.clock.fastForward(UNTIL_A_LOOK);
  await (await told).finished();
}

describe("the page, in a real Chromium", () => {
  it.each(SETTINGS)(
    "is without a finding of axe, fits and counts one: $colorScheme, $width wide",
    async ({ colorScheme, width }) => {
      const before = await site.hits();
      const seen = await goTo("", { colorScheme, viewport: { width, height: 800 } });
      expect(await headingOf(seen)).toBe(saying(before + 1));
      expect(await seen.findings()).toEqual([]);
      await seen.page.locator("summary").first().click();
      await seen.page.locator("summary").last().click();
      expect(await seen.findings()).toEqual([]);
      expect(await seen.page.evaluate<number>("document.documentElement.scrollWidth")).toBe(width);
      const [first, ...looks] = seen.requests;
      expect(first).toBe(`GET ${site.url}`);
      expect(looks.filter((each) => each !== `GET ${site.url}hits`)).toEqual([]);
      expect(seen.complaints).toEqual([]);
      expect(await site.hits()).toBe(before + 1);
    },
  );

  it("shows the message as text, whatever markup it holds", async () => {
    const { page } = await goTo("");
    expect(await page.locator("h1 b").count()).toBe(0);
    expect(await page.title()).toBe(saying(await site.hits()));
  });

  it("keeps its number current, asks its own site alone, and counts nothing more", async () => {
    const seen = await goTo("", {}, "stands");
    const before = await site.hits();
    await look(seen);
    expect(await headingOf(seen)).toBe(saying(before));
    await Promise.all(Array.from({ length: 5 }, async () => (await fetch(site.url)).text()));
    await look(seen);
    await until("the page shows it", async () => (await headingOf(seen)) === saying(before + 5));
    expect(await seen.page.title()).toBe(saying(before + 5));
    const asked = `GET ${site.url}hits`;
    expect(seen.requests).toEqual([`GET ${site.url}`, asked, asked]);
    expect(seen.complaints).toEqual([]);
    expect(await site.hits()).toBe(before + 5);
  });

  it("does all that with the number of a page that is counted apart", async () => {
    const before = await site.hits();
    const seen = await goTo("p/about", {}, "stands");
    expect(await headingOf(seen)).toBe(saying(1));
    await (await fetch(`${site.url}p/about`)).text();
    await look(seen);
    await until("the page shows it", async () => (await headingOf(seen)) === saying(2));
    const own = `GET ${site.url}p/about`;
    expect(seen.requests).toEqual([own, `${own}?count=false`]);
    expect(seen.complaints).toEqual([]);
    expect(await site.hits()).toBe(before + 2);
  });

  it("counts again when it is loaded again", async () => {
    const seen = await goTo("");
    const before = await site.hits();
    await seen.page.reload();
    expect(await headingOf(seen)).toBe(saying(before + 1));
  });

  it("has an icon in itself, so that no browser asks for /favicon.ico", async () => {
    // The Chromium without windows asks for no icon, whatever a page says.
    const { page } = await goTo("");
    expect(await page.locator('link[rel="icon"]').getAttribute("href")).toMatch(/^data:/);
  });

  it("has the number, the charts and their tables without a script too", async () => {
    const seen = await goTo("", { javaScriptEnabled: false });
    expect(await headingOf(seen)).toBe(saying(await site.hits()));
    expect(await seen.page.locator("svg[role=img]").count()).toBe(2);
    const summary = seen.page.locator("summary").first();
    await summary.click();
    expect(await seen.page.locator("table").first().isVisible()).toBe(true);
    expect(seen.complaints).toEqual([]);
  });

  it("is worked by keyboard: what has the focus is seen, in the order of the page", async () => {
    const { page } = await goTo("");
    const focused = page.locator("summary:focus-visible");
    for (const [index, by] of ["hour", "day"].entries()) {
      await page.keyboard.press("Tab");
      expect(await focused.textContent()).toBe(`Hits by ${by} as a table`);
      const outline = "getComputedStyle(document.activeElement).outline";
      expect(await page.evaluate<string>(outline)).toMatch(/ (solid|auto) [2-9](\.\d+)?px$/);
      const table = page.locator("table").nth(index);
      expect(await table.isVisible()).toBe(false);
      await page.keyboard.press("Enter");
      expect(await table.isVisible()).toBe(true);
    }
  });
});
