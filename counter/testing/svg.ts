/** An element of an SVG, or what stands between two. */
const PIECE =
  /<\/(?<end>\w+)>|<(?<name>\w+)(?<attributes>(?: [\w-]+="(?:[^"<&]|&(?:amp|lt|gt|quot|apos);)*")*)(?<empty>\/?)>|(?<text>(?:[^<>&]|&(?:amp|lt|gt|quot|apos);)+)/y;
/** A character that no XML may have. */
const NO_XML = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;
const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** What an SVG is made of. */
export interface SvgParts {
  /** The names of its elements, each once. */
  elements: ReadonlySet<string>;
  /** The names and values of all attributes, as a reader has them. */
  attributes: readonly (readonly [name: string, value: string])[];
  /** The texts in elements of each name. */
  texts: Readonly<Record<string, readonly string[]>>;
}

/** Reads an SVG as strictly as it is written: elements, attributes, text and the five entities. Throws where there is else. */
export function readSvg(svg: string): SvgParts {
  const open: string[] = [];
  const elements = new Set<string>();
  const attributes: [string, string][] = [];
  const texts: Record<string, string[]> = {};
  const reader = new RegExp(PIECE);
  if (NO_XML.test(svg)) throw new Error("A character that no XML may have");
  while (reader.lastIndex < svg.length) {
    const at = reader.lastIndex;
    const { name, end, empty, text, attributes: given = "" } = reader.exec(svg)?.groups ?? {};
    const rest = svg.slice(at, at + 40);
    if (open.length === 0 && (at > 0 || name === undefined))
      throw new Error(`More than one element: ${rest}`);
    if (name !== undefined) {
      elements.add(name);
      for (const [, key = "", value = ""] of given.matchAll(/([\w-]+)="([^"]*)"/g))
        attributes.push([key, plain(value)]);
      if (empty === "") open.push(name);
    } else if (end !== undefined) {
      if (open.pop() !== end) throw new Error(`The end of another element: ${rest}`);
    } else if (text !== undefined) {
      const within = open.at(-1) ?? "";
      texts[within] = [...(texts[within] ?? []), plain(text)];
    } else {
      throw new Error(`No XML: ${rest}`);
    }
  }
  if (open.length > 0) throw new Error(`Without end: ${open}`);
  return { elements, attributes, texts };
}

const plain = (text: string) => text.replace(/&(\w+);/g, (_all, name: string) => ENTITIES[name] ?? "");
