/** How often a page asks for its number (s), while it can be seen. */
export const EVERY_SECONDS = 5;
/** Each time it gets none it asks half as often, up to so many times: every five minutes or so. */
const MOST_DOUBLINGS = 6;

/**
 * What keeps a page's number current. It asks what the page says that it should, which counts nothing, and a quarter
 * sooner or later, so that pages which were loaded together do not ask together.
 */
export const script = `
"use strict";
const shown = document.querySelectorAll(".hits");
let failures = 0;
let timer;
const later = () => {
  clearTimeout(timer);
  if (document.hidden || shown.length === 0) return;
  const seconds = ${EVERY_SECONDS} * 2 ** Math.min(failures, ${MOST_DOUBLINGS});
  timer = setTimeout(look, seconds * 1000 * (0.75 + Math.random() / 2));
};
const look = async () => {
  try {
    const signal = AbortSignal.timeout(20000);
    const answer = await fetch(document.body.dataset.from, { headers: { Accept: "application/json" }, signal });
    const { hits } = await answer.json();
    if (!answer.ok || !Number.isSafeInteger(hits)) throw new Error("no number");
    for (const each of shown) each.textContent = hits;
    document.title = document.querySelector("h1").textContent;
    failures = 0;
  } catch {
    failures += 1;
  }
  later();
};
document.addEventListener("visibilitychange", () => (document.hidden ? later() : look()));
later();
`;
