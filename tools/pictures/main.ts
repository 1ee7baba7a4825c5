// Makes the pictures of the docs: npm run pictures [-- --dashboard FILE]
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { startBrowser } from "../../test/support/browser.ts";
import { startSite } from "../../test/support/site.ts";
import { visit } from "../../test/support/visit.ts";
import type { DashboardData } from "./dashboardData.ts";
import { dashboardPicture } from "./dashboardPicture.ts";
import { madeUpPast } from "./history.ts";

const HELP = `npm run pictures [-- OPTION...]

Writes docs/pictures: the page and badges of a real counter, with a past that is made up.

  --dashboard FILE   the dashboard instead, of the data that a run of the tests has kept:
                     DASHBOARD_DATA=FILE npm run test:e2e -- monitoring
`;
const FOLDER = join(import.meta.dirname, "../../docs/pictures");
const BADGES: Readonly<Record<string, string>> = {
  flat: "",
  "flat-square": "&label=visits",
  plastic: "&color=informational",
  "for-the-badge": "&color=brightgreen",
  social: "&label=readers",
};

async function write(name: string, content: string | Uint8Array): Promise<void> {
  await writeFile(join(FOLDER, name), content);
  process.stdout.write(`Wrote docs/pictures/${name} (${Math.ceil(content.length / 1000)} kB)\n`);
}

async function pageAndBadges(): Promise<void> {
  const [chromium, site] = await Promise.all([startBrowser(), startSite()]);
  try {
    for (const command of madeUpPast(Date.now() / 1000)) await site.redis.command(...command);
    for (const colorScheme of ["light", "dark"] as const) {
      const { page } = await visit(chromium.browser, { colorScheme, viewport: { width: 720, height: 640 } });
      await page.goto(site.url);
      await write(`page-${colorScheme}.png`, await page.screenshot({ fullPage: true }));
    }
    for (const [style, look] of Object.entries(BADGES)) {
      const answer = await fetch(`${site.url}badge.svg?count=false&style=${style}${look}`);
      await write(`badge-${style}.svg`, `${await answer.text()}\n`);
    }
  } finally {
    await Promise.all([chromium.remove(), site.remove()]);
  }
}

const { values } = parseArgs({
  options: { dashboard: { type: "string" }, help: { type: "boolean", short: "h" } },
});
if (values.help) {
  process.stdout.write(HELP);
} else {
  await mkdir(FOLDER, { recursive: true });
  if (values.dashboard === undefined) {
    await pageAndBadges();
  } else {
    const data = JSON.parse(await readFile(values.dashboard, "utf8")) as DashboardData;
    await write("dashboard.svg", dashboardPicture(data));
  }
}
