/** The links of a page of Markdown that lead to files or anchors of the repository, as they are written. */
export function linksIn(markdown: string): string[] {
  const prose = withoutCode(markdown);
  const written = [
    ...prose.matchAll(/\]\(([^)\s]+)(?:\s"[^"]*")?\)/g),
    ...prose.matchAll(/\s(?:href|src)="([^"]+)"/g),
    ...prose.matchAll(/^\[[^\]]+\]:\s+(\S+)/gm),
  ].map(([, target = ""]) => target);
  return written.filter((target) => !/^[a-z]+:/.test(target));
}

/** The anchors of a page's headings, as GitHub makes them: the second of one name has `-1` behind it. */
export function anchorsIn(markdown: string): string[] {
  const seen = new Map<string, number>();
  const headings = withoutBlocks(markdown).matchAll(/^#{1,6}\s+(.+?)\s*$/gm);
  return [...headings].map(([, title = ""]) => {
    const anchor = title
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_\- ]/gu, "")
      .replaceAll(" ", "-");
    const times = seen.get(anchor) ?? 0;
    seen.set(anchor, times + 1);
    return times === 0 ? anchor : `${anchor}-${times}`;
  });
}

/** The pages of `docs/` that a text names by their path from the top of the repository. */
export const pathsOfDocsIn = (text: string): string[] =>
  [...text.matchAll(/(?<![\w./-])docs\/[\w./-]+\.(?:md|svg|png)/g)].map(([path]) => path);

const withoutBlocks = (markdown: string) => markdown.replace(/^(```+)[^\n]*\n.*?^\1\s*$/gms, "");
const withoutCode = (markdown: string) => withoutBlocks(markdown).replace(/`[^`\n]*`/g, "`code`");
