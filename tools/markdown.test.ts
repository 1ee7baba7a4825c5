import { describe, expect, it } from "@jest/globals";
import { anchorsIn, linksIn, pathsOfDocsIn } from "./markdown.ts";

describe("linksIn", () => {
  it("finds links, pictures and HTML, and passes over code and the web", () => {
    const page = [
      "[a](a.md) ![b](b.svg) [`c`](c.md#d) [e](#e)",
      "[web](https://example.com/x.md) `[code](no.md)`",
      "```sh\n[block](no.md)\n```",
      '<img src="f.png">',
      "[g]: g.md",
    ].join("\n\n");
    expect(linksIn(page)).toEqual(["a.md", "b.svg", "c.md#d", "#e", "f.png", "g.md"]);
  });
});

describe("anchorsIn", () => {
  it("makes them as GitHub does", () => {
    const page = [
      "# What a counter's `/hits` answers",
      "## spec.redis.pod.tolerations[]",
      "## [Linked](x.md), twice",
      "```sh\n# no heading\n```",
      "## Twice",
      "## Twice",
    ].join("\n");
    expect(anchorsIn(page)).toEqual([
      "what-a-counters-hits-answers",
      "specredispodtolerations",
      "linked-twice",
      "twice",
      "twice-1",
    ]);
  });
});

describe("pathsOfDocsIn", () => {
  it("finds paths from the top alone", () => {
    expect(pathsOfDocsIn("see docs/runbooks/README.md, ../docs/c.md and https://x.org/docs/d.md")).toEqual([
      "docs/runbooks/README.md",
    ]);
  });
});
