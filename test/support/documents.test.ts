import { describe, expect, it } from "@jest/globals";
import { isShown, stepsIn } from "./documents.ts";

const block = (language: string, text: string) => `\`\`\`${language}\n${text}\n\`\`\``;
const page = (...parts: string[]) => parts.join("\n\n");

describe("stepsIn", () => {
  it("finds the commands in order, each with what it is shown to print", () => {
    const steps = stepsIn(
      page(
        "# Page",
        block("sh", "a\nb"),
        block("", "of b"),
        "Then:",
        block("yaml", "x: y"),
        block("sh", "c"),
      ),
    );
    expect(steps).toMatchObject([
      { line: 4, commands: "a\nb", shown: "of b", notRun: undefined },
      { commands: "c", shown: undefined, notRun: undefined },
    ]);
  });

  it("names what is not run, block by block or the page", () => {
    const one = page("# Page", "<!-- not run: one -->\n```sh\na\n```", block("sh", "b"));
    expect(stepsIn(one).map(({ notRun }) => notRun)).toEqual(["one", undefined]);
    const all = page("# Page", "<!-- this page is not run: all -->", block("sh", "a"), block("sh", "b"));
    expect(stepsIn(all).map(({ notRun }) => notRun)).toEqual(["all", "all"]);
  });

  it.each([
    ["before it in its section", page("# Page", "## A", "This was never run here.", block("sh", "a")), true],
    ["in the paragraph after it", page("# Page", block("sh", "a"), "It was never\nrun here yet."), true],
    ["two paragraphs after it", page("# Page", block("sh", "a"), "Text.", "It was never run here."), false],
    ["at the beginning of the page", page("# Page", "Never run here.", "## A", block("sh", "a")), true],
    ["in another section alone", page("# Page", "## A", "Never run here.", "## B", block("sh", "a")), false],
  ])("sees that a reader is told that it was never run: %s", (_where, markdown, saysNeverRun) => {
    expect(stepsIn(markdown)).toMatchObject([{ saysNeverRun }]);
  });

  it.each([
    ["a block that does not end", "```sh\na", "line 1: a block that does not end"],
    [
      "a block that is indented",
      page("# Page", "- Do:\n  ```sh\n  a\n  ```"),
      "line 3: a block that does not end",
    ],
    ["commands in another shell's name", block("bash", "a"), "line 1: commands are blocks of sh"],
    ["what nothing prints", page("# Page", block("", "a")), "line 3: this shows what no commands"],
    [
      "what is too far from its commands",
      page(block("sh", "a"), "It says:", block("", "b")),
      "line 7: this shows what no commands",
    ],
    [
      "a mark before no commands",
      "<!-- not run: x -->\n\nText",
      "line 1: this names commands that do not come",
    ],
  ])("refuses %s", (_what, markdown, sentence) => {
    expect(() => stepsIn(markdown)).toThrow(sentence);
  });
});

describe("isShown", () => {
  const table = "NAME   HITS   ADDRESS      AGE\nweb    42     10.89.0.23   5m";

  it.each([
    ["the same", "a\nb", "a\nb\n", true],
    ["another number of hits", "we have hit 4 times", "we have hit 5 times", false],
    ["a line more", "a", "a\nb", false],
    ["a line less", "a\nb", "a", false],
    [
      "another address, age and width",
      table,
      "NAME  HITS  ADDRESS     AGE\nweb  42  10.1.2.3  3m20s\n",
      true,
    ],
    ["another count in a table", table, "NAME  HITS  ADDRESS     AGE\nweb  43  10.1.2.3  3m20s\n", false],
    ["another port of a node", "80:31027/TCP", "80:30001/TCP", true],
    ["the rest of a line left out", "went back: …", "went back: the image can't be pulled.", true],
    ["a part of a line left out", "pvc-… 1Gi", "pvc-123-456   1Gi", true],
    ["lines left out", "first\n…\nlast", "first\n1\n2\nlast", true],
    ["no line left out", "first\n…\nlast", "first\nlast", true],
    ["other lines after those left out", "first\n…\nlast", "first\n1\nlost", false],
    ["characters that expressions are made of", "a.b (c)*", "a.b (c)*", true],
    ["what such an expression would match", "a.b", "axb", false],
  ])("takes %s as it should", (_what, shown, printed, expected) => {
    expect(isShown(shown, printed)).toBe(expected);
  });
});
