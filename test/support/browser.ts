import { type Browser, chromium, type Page } from "playwright-core";
import { chromiumRecipe } from "./chromiumImage.ts";
import { startContainer } from "./container.ts";
import { freePort } from "./freePort.ts";
import { until } from "./until.ts";

/** A real Chromium. */
export interface RealBrowser {
  readonly browser: Browser;
  remove(): Promise<void>;
}

/** Starts a Chromium that finds nobody but this machine's loopback address. */
export async function startBrowser(): Promise<RealBrowser> {
  const port = await freePort();
  const container = await startContainer({
    name: "chromium",
    image: chromiumRecipe,
    command: [
      ...chromiumRecipe.config.Entrypoint,
      "--no-sandbox", // its own needs capabilities; the container is one
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--hide-scrollbars",
      "--force-color-profile=srgb",
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
      `--remote-debugging-port=${port}`,
    ],
    confined: true,
  });
  const url = `http://127.0.0.1:${port}`;
  const isUp = async () => (await fetch(`${url}/json/version`)).ok;
  await until("Chromium answers", isUp, { everyMs: 50 }).catch(async (cause) => {
    throw new Error(`Chromium does not run:\n${await container.output()}`, { cause });
  });
  const browser = await chromium.connectOverCDP(url);
  return {
    browser,
    async remove() {
      await browser.close();
      await container.remove();
    },
  };
}

/** How often a page is opened at most. */
const MAX_TRIES = 5;

/** Opens a page. Chromium gives up what it loads whenever a network of this machine changes, as it does with containers. */
export async function open(page: Page, url: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await page.goto(url);
      return;
    } catch (error) {
      if (tries === MAX_TRIES || !`${error}`.includes("net::ERR_NETWORK_CHANGED")) throw error;
    }
  }
}
