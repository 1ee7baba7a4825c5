/** Commands that a page shows, as a reader would type them. */
export interface Step {
  /** Where they begin, from 1. */
  readonly line: number;
  readonly commands: string;
  /** What the page says that they print; undefined where it does not. */
  readonly shown: string | undefined;
  /** What the page calls them where it says that they are not run here. */
  readonly notRun: string | undefined;
  /** Whether a reader is told that they were never run, by the section or the beginning of the page. */
  readonly saysNeverRun: boolean;
}

/** A paragraph, a heading or a comment of a page; or a block, which alone has a language, be it an empty one. */
interface Part {
  readonly line: number;
  readonly text: string;
  readonly language?: string;
}

const PART = /^```(?<language>\w*)\n(?<code>.*?)^```$|^(?<prose>[^\n]+(?:\n(?!```)[^\n]+)*)/gms;
/** Blocks in these languages would be commands that nobody runs. */
const OTHER_SHELLS = new Set(["bash", "console", "shell", "zsh"]);
const MARK = /^<!-- not run: (.+) -->$/;
const PAGE_MARK = /^<!-- this page is not run: (.+) -->$/;
const NEVER_RUN = /never\s+run\s+here/i;

/**
 * The commands of a page, in order: its blocks of `sh`. A block without a language shows what the one before it prints,
 * so nothing stands between them. `<!-- not run: NAME -->` before a block names it as one that is not run here, and
 * `<!-- this page is not run: NAME -->` all of the page's.
 */
export function stepsIn(markdown: string): Step[] {
  const parts = partsOf(markdown);
  const ofPage = parts.map(({ text }) => PAGE_MARK.exec(text)?.[1]).find((name) => name !== undefined);
  return parts.flatMap(({ line, text, language }, index) => {
    const [before, after] = [parts[index - 1], parts[index + 1]];
    const complain = (what: string) => new Error(`line ${line}: ${what}`);
    if (language === "" && before?.language !== "sh")
      throw complain("this shows what no commands before it print");
    if (language === undefined && MARK.test(text) && after?.language !== "sh") {
      throw complain("this names commands that do not come");
    }
    if (language !== "sh") return [];
    const shown = after?.language === "" ? after.text : undefined;
    const notRun = MARK.exec(before?.text ?? "")?.[1] ?? ofPage;
    return [{ line: line + 1, commands: text, shown, notRun, saysNeverRun: saysNeverRun(parts, index) }];
  });
}

/** Whether that is said before a block in its section, right after the block, or at the beginning of the page. */
function saysNeverRun(parts: readonly Part[], index: number): boolean {
  const heading = parts.slice(0, index).findLastIndex(isHeading);
  const second = parts.findIndex((part, place) => place > 0 && isHeading(part));
  const told = [
    ...parts.slice(0, second === -1 ? 0 : second),
    ...parts.slice(Math.max(0, heading), index + 2),
  ];
  return told.some(({ text, language }) => language === undefined && NEVER_RUN.test(text));
}

const isHeading = ({ text, language }: Part) => language === undefined && text.startsWith("#");

function partsOf(markdown: string): Part[] {
  return [...markdown.matchAll(PART)].map(({ index, groups = {} }) => {
    const { language, code = "", prose = "" } = groups;
    const line = markdown.slice(0, index).split("\n").length;
    if (prose.includes("```")) throw new Error(`line ${line}: a block that does not end, or is indented`);
    if (OTHER_SHELLS.has(language ?? "")) throw new Error(`line ${line}: commands are blocks of sh`);
    return language === undefined ? { line, text: prose } : { line, language, text: code.trimEnd() };
  });
}

/**
 * Whether something was printed as a page shows it. Runs of spaces are one, and addresses and ages any; `…` stands for
 * the rest of a word or a line, and alone on a line for any lines.
 */
export function isShown(shown: string, printed: string): boolean {
  const pattern = shown
    .trimEnd()
    .split("\n")
    .map((line) =>
      line.trim() === "…" ? "(?:.*\\n)*?" : `${usual(line).split("…").map(escaped).join(".*")}\\n`,
    )
    .join("");
  const actual = printed.trimEnd().split("\n").map(usual).join("\n");
  return new RegExp(`^${pattern}$`).test(`${actual}\n`);
}

const usual = (line: string) =>
  line
    .replace(/\b\d{1,3}(\.\d{1,3}){3}\b/g, "0.0.0.0")
    .replace(/\b80:\d{5}\/TCP\b/g, "80:30000/TCP")
    .replace(/(?<=\s)(\d+[smhd])+(?=\s|$)/g, "0s")
    .replace(/\s+/g, " ")
    .trimEnd();

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
