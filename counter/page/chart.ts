import { histories } from "../data.ts";
import type { By, History } from "../look.ts";
import { type Html, html } from "./html.ts";

/** How many hours or days are drawn. */
const SLOTS: Record<By, number> = { hour: 24, day: 30 };
/** The chart's own units: a bar's place, of which the bar leaves a part free, and the highest bar. */
const [PLACE, BAR, HEIGHT] = [10, 8, 100];
/** The lowest bar of what is not nothing. */
const LOWEST = 2;

const UTC = { timeZone: "UTC" } as const;
const day = new Intl.DateTimeFormat("en-GB", { ...UTC, day: "numeric", month: "short" });
const hour = new Intl.DateTimeFormat("en-GB", { ...UTC, hour: "2-digit", minute: "2-digit" });
const dayAndHour = new Intl.DateTimeFormat("en-GB", {
  ...UTC,
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});
/** What an hour and a day are called: at the ends of a chart, elsewhere, and any of them. */
const names: Record<By, { short: Intl.DateTimeFormat; long: Intl.DateTimeFormat; each: string }> = {
  hour: { short: hour, long: dayAndHour, each: "an hour" },
  day: { short: day, long: day, each: "a day" },
};

/** What was counted in an hour or a day. */
interface Slot {
  from: Date;
  hits: number;
}

/** The last hours or days of a history up to a time, those without a hit included, oldest first. */
export function lastSlots({ by, counts }: History, at: Date): Slot[] {
  const length = histories[by].seconds * 1000;
  const slotOf = (time: number) => Math.floor(time / length);
  const hitsIn = new Map(counts.map(({ from, hits }) => [slotOf(Date.parse(from)), hits]));
  // Redis's clock dates hits, and may be ahead of this one.
  const last = Math.max(slotOf(at.getTime()), ...hitsIn.keys());
  return Array.from({ length: SLOTS[by] }, (_, index) => {
    const slot = last - SLOTS[by] + 1 + index;
    return { from: new Date(slot * length), hits: hitsIn.get(slot) ?? 0 };
  });
}

/** The last hours or days of a history, as bars and as a table. */
export function chart(history: History, at: Date): Html {
  const { by } = history;
  const slots = lastSlots(history, at);
  const sum = slots.reduce((total, { hits }) => total + hits, 0);
  const title = `All hits by ${by}`;
  const span = `the last ${SLOTS[by]} ${by}s, in UTC`;
  const drawn = sum === 0 ? html`<p>None in ${span}.</p>` : drawing(by, slots, sum, span);
  return html`<section aria-labelledby="by-${by}">
<h2 id="by-${by}">${title}</h2>
${drawn}
</section>`;
}

function drawing(by: By, slots: readonly Slot[], sum: number, span: string): Html {
  const { short, long, each } = names[by];
  const most = slots.reduce((one, other) => (other.hits > one.hits ? other : one));
  const summary = `${sum} in ${span}. At most ${most.hits} in ${each}: ${long.format(most.from)}.`;
  const bars = slots.map(({ from, hits }, index) => {
    const height = hits === 0 ? 0 : Math.max(LOWEST, Math.round((HEIGHT * hits) / most.hits));
    return html`<rect x="${index * PLACE}" y="${HEIGHT - height}" width="${BAR}" height="${height}"><title>${long.format(from)}: ${hits}</title></rect>`;
  });
  const [first, last] = [slots[0], slots.at(-1)].map((slot) => (slot ? short.format(slot.from) : ""));
  const rows = slots.map(
    ({ from, hits }) => html`<tr><th scope="row">${long.format(from)}</th><td>${hits}</td></tr>\n`,
  );
  const name = by === "day" ? "Day" : "Hour";
  return html`<p>${summary}</p>
<svg role="img" aria-labelledby="title-${by} desc-${by}" viewBox="0 0 ${slots.length * PLACE} ${HEIGHT}" preserveAspectRatio="none">
<title id="title-${by}">Bars, one for each ${by}</title>
<desc id="desc-${by}">From ${slots[0]?.hits ?? 0} to ${slots.at(-1)?.hits ?? 0}. The table below has each.</desc>
${bars}
</svg>
<p class="ends" aria-hidden="true"><span>${first ?? ""}</span><span>${last ?? ""}</span></p>
<details>
<summary>Hits by ${by} as a table</summary>
<table>
<thead><tr><th scope="col">${name}, UTC</th><th scope="col">Hits</th></tr></thead>
<tbody>
${rows}</tbody>
</table>
</details>`;
}
