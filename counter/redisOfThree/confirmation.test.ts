import { describe, expect, it } from "@jest/globals";
import { ReplyError } from "ioredis";
import { readCall } from "../batch.ts";
import { Refused, Unconfirmed } from "../link.ts";
import { confirmed, isToBeLeft, type Written } from "./confirmation.ts";

const call = readCall({ floor: 0, raiseFrom: 0 });
const term = { text: "8 a", number: 8, pod: "a" };
const good: Written = { script: [7, 0], disks: [1, 1], held: ["8 a", "8"] };
const judge = (written: Partial<Written>) => {
  try {
    return confirmed(call, { ...good, ...written }, term);
  } catch (error) {
    return error;
  }
};

describe("what a primary has written", () => {
  it.each<[string, Partial<Written>]>([
    ["two disks", {}],
    ["three disks", { disks: [1, 2] }],
  ])("may be told when it is on %s", (_case, written) => {
    expect(judge(written)).toEqual([7, 0]);
  });

  it.each<[string, Partial<Written>, RegExp]>([
    ["no other has it", { disks: [1, 0] }, /^On 1 and 0 disks/],
    ["it is not on its own disk", { disks: [0, 1] }, /^On 0 and 1 disks/],
    ["it is not known on which disks", { disks: new ReplyError("NOPERM no") }, /takes: NOPERM no$/],
    ["what was answered of disks is nothing", { disks: undefined }, /^On 0 and 0 disks/],
    ["another term began", { held: ["16 b", "16"] }, /^Term 8 has ended$/],
    ["the term is another pod's", { held: ["8 b", "8"] }, /^Term 8 has ended$/],
    ["it was fenced", { held: ["8 a", "16"] }, /^Term 8 has ended$/],
    ["its term is gone", { held: [null, null] }, /^Term 8 has ended$/],
    ["its term can't be read", { held: new ReplyError("LOADING it") }, /ended: LOADING it$/],
  ])("is told nobody where %s", (_case, written, words) => {
    const error = judge(written);
    expect(error).toBeInstanceOf(Unconfirmed);
    expect(String((error as Error).message)).toMatch(words);
    expect(isToBeLeft(error)).toBe(true);
  });

  it.each([
    ["FENCED another term has begun", true],
    ["READONLY You can't write against a read only replica.", true],
    ["OOM command not allowed", false],
    ["MISCONF Errors writing to the AOF file", false],
  ])("is nothing where it answered %s", (words, left) => {
    const error = judge({ script: new ReplyError(words) });
    expect(error).toEqual(new Refused(words));
    expect(error).toBeInstanceOf(Refused);
    expect(isToBeLeft(error)).toBe(left);
  });

  it("is unknown where the answer was lost, and the primary is left", () => {
    const lost = new Error("Connection is closed.");
    expect(judge({ script: lost })).toBe(lost);
    expect(isToBeLeft(lost)).toBe(true);
  });

  it("is unknown where the answer is no list of numbers", () => {
    expect(judge({ script: "OK" })).not.toBeInstanceOf(Refused);
    expect(judge({ script: "OK" })).toBeInstanceOf(Error);
  });
});
