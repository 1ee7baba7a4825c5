/** A table of Markdown; `|` in a cell is no border. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(inCell).join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}

const inCell = (text: string) => plain(text).replaceAll("|", "\\|").replaceAll("\n", " ");

/** Text in which `<name>` stands as it is, in code and out of it. */
export const plain = (text: string) =>
  text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith("`") ? part : part.replaceAll("<", "&lt;")))
    .join("");

/** Text as it would be typed. */
export const code = (text: string) => `\`${text}\``;

/** A page that is made, from its title and its parts. */
export const page = (title: string, madeFrom: string, ...parts: readonly string[]) => {
  const note = `<!-- Made from ${madeFrom} by \`npm run generate\`. Do not edit. -->`;
  return `${[`# ${title}`, note, ...parts].join("\n\n")}\n`;
};
