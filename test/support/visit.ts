import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { AxeResults, Result, RunOptions } from "axe-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";

/** What is asked of a page: all that WCAG 2.2 wants at the levels A and AA, and what is good practice. */
const RULES: RunOptions = {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"],
};
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** How long anything may take (ms): beyond what any takes on a machine that is slow. */
const PATIENCE = 120_000;

/** A look at the site by somebody who was never there before. */
export interface Visit {
  readonly page: Page;
  /** Every request that the page made, as `GET http://127.0.0.1:8080/`. */
  readonly requests: readonly string[];
  /** What the browser complained of: errors of scripts, and what the page's policy forbade. */
  readonly complaints: readonly string[];
  /** What axe finds fault with, or can't decide: the rule, and where. */
  findings(): Promise<string[]>;
  close(): Promise<void>;
}

/** Opens an empty tab with these settings, which has no cookies, no cache and no other tab beside it. */
export async function visit(browser: Browser, settings: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext(settings);
  context.setDefaultTimeout(PATIENCE);
  const [requests, complaints]: [string[], string[]] = [[], []];
  context.on("request", (request) => requests.push(`${request.method()} ${request.url()}`));
  context.on("console", (message) => complaints.push(message.text()));
  context.on("weberror", (error) => complaints.push(String(error.error())));
  const page = await context.newPage();
  await page.addInitScript(axe);
  return {
    page,
    requests,
    complaints,
    async findings() {
      const { violations, incomplete } = await page.evaluate<AxeResults>(
        `axe.run(document, ${JSON.stringify(RULES)})`,
      );
      return [...violations, ...incomplete].map(sentence);
    },
    close: () => context.close(),
  };
}

const sentence = ({ id, help, nodes }: Result) =>
  `${id}: ${help}: ${nodes.map(({ target, any }) => `${target.join(" ")} ${any.map(({ message }) => message).join()}`).join("; ")}`;
