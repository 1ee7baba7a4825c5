/** What a page is painted in. */
export interface Colours {
  paper: string;
  ink: string;
  /** Of what is said beside. */
  faint: string;
  /** Of bars, and of what has the focus. */
  accent: string;
  line: string;
}

/** By day and by night. */
export const colours: Record<"light" | "dark", Colours> = {
  light: { paper: "#ffffff", ink: "#1b1f24", faint: "#57606a", accent: "#0b62c4", line: "#d0d7de" },
  dark: { paper: "#0f1318", ink: "#e6edf3", faint: "#9aa5b1", accent: "#5aa9ff", line: "#333b45" },
};

const variables = (set: Colours) =>
  Object.entries(set)
    .map(([name, colour]) => `--${name}:${colour}`)
    .join(";");

/** The page's style. */
export const style = `
:root{color-scheme:light dark;${variables(colours.light)}}
@media (prefers-color-scheme:dark){:root{${variables(colours.dark)}}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
main{max-width:44rem;margin:0 auto;padding:2rem 1rem}
h1{margin:0;font-size:clamp(1.4rem,6vw,2.5rem);line-height:1.25;overflow-wrap:anywhere;white-space:pre-line}
h2{margin:2.5rem 0 0;font-size:1.1rem}
p{margin:.25rem 0 .75rem;color:var(--faint)}
.hits{font-variant-numeric:tabular-nums}
svg{display:block;width:100%;height:7rem;border-bottom:1px solid var(--line)}
rect{fill:var(--accent)}
.ends{display:flex;justify-content:space-between;font-size:.875rem}
summary{width:fit-content;cursor:pointer}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
table{margin-top:.5rem;border-collapse:collapse}
th,td{padding:.25rem 1rem .25rem 0;border-bottom:1px solid var(--line);text-align:start;font-weight:400}
td{text-align:end;font-variant-numeric:tabular-nums}
`;
