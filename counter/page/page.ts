import { createHash } from "node:crypto";
import { chart } from "./chart.ts";
import { Html, html } from "./html.ts";
import type { Recent } from "./recentHistory.ts";
import { script } from "./script.ts";
import { style } from "./style.ts";

const hashOf = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** What goes with a page: it may load nothing but what it asks its counter for, and run nothing but its own. */
export const pageHeaders: readonly string[] = [
  "Content-Security-Policy",
  [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "X-Content-Type-Options",
  "nosniff",
  "Referrer-Policy",
  "no-referrer",
];

/** What a page shows. */
export interface Shown {
  /** The message, parted where the number stands. */
  sentence: readonly string[];
  number: number;
  /** Where the page's script asks for the number, from where the page is. It answers JSON. */
  from: string;
  /** Undefined where it can't be had; the number is shown all the same. */
  recent: Recent | undefined;
}

/** A page that says the number, and draws what was counted lately. */
export function page({ sentence, number, from, recent }: Shown): string {
  const hits = html`<span class="hits">${number}</span>`;
  const heading = sentence.map((part, index) => (index === 0 ? html`${part}` : html`${hits}${part}`));
  const charts = recent && [chart(recent.hour, recent.at), chart(recent.day, recent.at)];
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${sentence.join(`${number}`)}</title>
<link rel="icon" href="data:,">
<style>${new Html(style)}</style>
</head>
<body data-from="${from}">
<main>
<h1 dir="auto">${heading}</h1>
${charts ?? html`<p>What was counted lately can't be shown right now.</p>`}
</main>
<script>${new Html(script)}</script>
</body>
</html>
`.text;
}
