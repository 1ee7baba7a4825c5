import { describe, expect, it } from "@jest/globals";
import { markdownTable, textTable } from "./table.ts";

const rows = [
  ["", "one", "two"],
  ["wall", "10 s", "9 s"],
  ["peak", "1 MiB"],
];

describe("a table", () => {
  it("has its columns one below the other in text", () => {
    expect(textTable(rows)).toBe("        one  two\nwall   10 s  9 s\npeak  1 MiB\n");
  });

  it("has a head and as many cells in each row in Markdown", () => {
    expect(markdownTable(rows)).toBe(
      "|  | one | two |\n| --- | --- | --- |\n| wall | 10 s | 9 s |\n| peak | 1 MiB |  |\n",
    );
  });
});
