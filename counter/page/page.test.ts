import { createHash } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { page, pageHeaders } from "./page.ts";
import { script } from "./script.ts";
import { colours, style } from "./style.ts";

const shown = (message: string, number = 42) =>
  page({ sentence: message.split("{hits}"), number, from: "hits", recent: undefined });
const between = (text: string, start: string, end: string) => text.split(start)[1]?.split(end)[0] ?? "";
const unescaped = (text: string) =>
  text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");

describe("a page", () => {
  it("says the sentence as its heading and as its title, the number wherever its place is", () => {
    const text = shown("№ {hits}, {hits}!");
    expect(text).toContain("<title>№ 42, 42!</title>");
    const hits = '<span class="hits">42</span>';
    expect(text).toContain(`<h1 dir="auto">№ ${hits}, ${hits}!</h1>`);
    expect(shown("No number")).toContain('<h1 dir="auto">No number</h1>');
  });

  it.each([
    `</title><script>alert({hits})</script>`,
    `<img src=x onerror="alert('{hits}')">`,
    `</h1><!-- {hits}`,
    `&lt;b&gt; & "{hits}" '\`$& $1 \${x}`,
    `{hits}</style></body>`,
  ])("shows the message %s as text, whatever it holds", (message) => {
    const [text, plain] = [shown(message), shown("{hits}")];
    const tags = (all: string) => all.match(/<[^>]*>/g);
    expect(tags(text)).toEqual(tags(plain));
    expect(unescaped(between(text, "<title>", "</title>"))).toBe(message.replaceAll("{hits}", "42"));
  });

  it("shows any message as text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (message) => {
        const heading = between(shown(message), '<h1 dir="auto">', "</h1>");
        const parts = heading.split('<span class="hits">42</span>');
        expect(parts.join("")).not.toMatch(/[<>"']/);
        expect(unescaped(parts.join("{hits}"))).toBe(message);
      }),
    );
  });

  it("may run its own script and style, and no other", () => {
    const text = shown("{hits}");
    const hashOf = (code: string) => `'sha256-${createHash("sha256").update(code).digest("base64")}'`;
    const policy = pageHeaders[pageHeaders.indexOf("Content-Security-Policy") + 1]?.split("; ");
    expect(policy).toEqual([
      "default-src 'none'",
      `script-src ${hashOf(between(text, "<script>", "</script>"))}`,
      `style-src ${hashOf(between(text, "<style>", "</style>"))}`,
      "connect-src 'self'",
      "img-src data:",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]);
    expect([script, style].join("")).not.toMatch(/<\//);
    expect(text).not.toMatch(/ (style|on\w+)=/);
  });

  it("asks nobody for anything to be shown", () => {
    const text = shown("{hits}");
    expect(text).not.toMatch(/\b(src|srcset|@import|url)\b|https?:|\/\//);
    expect(text.match(/href="[^"]*"/g)).toEqual(['href="data:,"']);
  });
});

describe("its colours", () => {
  /** The contrast of two colours, as WCAG 2 defines it. */
  const contrast = (one: string, other: string) => {
    const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const luminance = (colour: string) => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
      const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
      return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };

  it.each(Object.entries(colours))("can be told from each other in the %s", (_when, set) => {
    expect(contrast("#ffffff", "#000000")).toBeCloseTo(21);
    expect(contrast(set.ink, set.paper)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(set.faint, set.paper)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(set.accent, set.paper)).toBeGreaterThanOrEqual(3);
  });
});
