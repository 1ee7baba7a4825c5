import { describe, expect, it } from "@jest/globals";
import { Answering } from "./answering.ts";

const web = { namespace: "default", name: "web" };
const other = { namespace: "default", name: "other" };
const count = { hits: 42 };
const at = (ms: number) => new Date(1_767_323_045_000 + ms);

describe("a proxy that answers", () => {
  it("is believed once it has for a second", () => {
    const answering = new Answering();
    expect(answering.isSteady(web, count, at(0))).toBe(false);
    expect(answering.isSteady(web, count, at(999))).toBe(false);
    expect(answering.isSteady(other, count, at(1000))).toBe(false);
    expect(answering.isSteady(web, count, at(1000))).toBe(true);
    expect(answering.isSteady(web, count, at(11_000))).toBe(true);
  });

  it.each([
    ["it has failed", { failure: "the proxy answered 503" }],
    ["it could not be asked", undefined],
  ])("begins anew when %s", (_title, probe) => {
    const answering = new Answering();
    answering.isSteady(web, count, at(0));
    expect(answering.isSteady(web, probe, at(2000))).toBe(false);
    expect(answering.isSteady(web, count, at(3000))).toBe(false);
    expect(answering.isSteady(web, count, at(4000))).toBe(true);
  });

  it("begins anew when its HitCounter is another one", () => {
    const answering = new Answering();
    answering.isSteady(web, count, at(0));
    answering.forget(web);
    expect(answering.isSteady(web, count, at(2000))).toBe(false);
  });
});
