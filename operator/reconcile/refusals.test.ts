import { describe, expect, it } from "@jest/globals";
import { ApiError } from "../runtime/apiError.ts";
import { keyOf } from "../runtime/key.ts";
import { TerminalError } from "../runtime/outcome.ts";
import { hitCounterWith } from "../testing/fixtures.ts";
import { Refusals } from "./refusals.ts";

const refused = new Error("applying Service proxy", {
  cause: new ApiError(422, { reason: "Invalid", message: "no such class" }),
});
/** Asks once with this answer; returns what came of it, and whether anything was sent. */
async function ask(refusals: Refusals, answer: unknown, { generation = 1, uid = "a" } = {}) {
  const hitCounter = hitCounterWith();
  hitCounter.metadata.generation = generation;
  let sent = false;
  const send = async () => {
    sent = true;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const result = await refusals.ask(hitCounter, "Service proxy", uid, send).catch((error: unknown) => error);
  return { result, sent };
}

describe("a request that was refused as invalid", () => {
  it("is a terminal error in the API server's words, and is not sent again", async () => {
    const refusals = new Refusals();
    const { result } = await ask(refusals, refused);
    expect(result).toBeInstanceOf(TerminalError);
    expect((result as Error).cause).toBe(refused.cause);
    expect(await ask(refusals, "fine")).toEqual({ result, sent: false });
  });

  it.each([
    ["the spec has changed", { generation: 2 }],
    ["the child is another", { uid: "b" }],
  ])("is sent again when %s", async (_title, change) => {
    const refusals = new Refusals();
    await ask(refusals, refused);
    expect(await ask(refusals, "fine", change)).toEqual({ result: "fine", sent: true });
    expect((await ask(refusals, "fine")).sent).toBe(true);
  });

  it("is sent again for a HitCounter that was forgotten", async () => {
    const refusals = new Refusals();
    await ask(refusals, refused);
    refusals.forget(keyOf(hitCounterWith()));
    expect((await ask(refusals, "fine")).sent).toBe(true);
  });
});

it.each([
  ["no connection", new Error("connection reset")],
  ["no quota", new ApiError(403, { reason: "Forbidden" })],
  [
    "a node port that another has now",
    new ApiError(422, { details: { causes: [{ message: "provided port is already allocated" }] } }),
  ],
])("%s is no refusal for good", async (_title, error) => {
  const refusals = new Refusals();
  expect(await ask(refusals, error)).toEqual({ result: error, sent: true });
  expect((await ask(refusals, "fine")).sent).toBe(true);
});
