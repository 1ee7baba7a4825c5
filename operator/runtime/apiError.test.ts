import { describe, expect, it } from "@jest/globals";
import { ApiError, isApiError, refusalOf, retryAfterMs } from "./apiError.ts";

describe("an API error", () => {
  it("says what the API server said", () => {
    const causes = [{ reason: "FieldValueInvalid", message: "Invalid value: -1", field: "spec.replicas" }];
    const body = { kind: "Status", reason: "Invalid", message: "replicas is wrong", details: { causes } };
    const error = ApiError.of(422, JSON.stringify(body));
    expect(error).toMatchObject({ statusCode: 422, reason: "Invalid", causes });
    expect(error.message).toBe("422 Invalid: replicas is wrong");
  });

  it.each([
    ["upstream connect error\n", "503: upstream connect error"],
    ["", "503: the API server gave no message"],
    ['{"some":"thing"}', '503: {"some":"thing"}'],
  ])("makes the best of %j", (body, message) => {
    expect(ApiError.of(503, body).message).toBe(message);
  });

  it("knows how long to wait from the header, or else from the details", () => {
    const body = JSON.stringify({ kind: "Status", details: { retryAfterSeconds: 3 } });
    expect(ApiError.of(429, body).retryAfterSeconds).toBe(3);
    expect(ApiError.of(429, body, "7").retryAfterSeconds).toBe(7);
    expect(ApiError.of(429, "", "Fri, 31 Dec 1999 23:59:59 GMT").retryAfterSeconds).toBeUndefined();
  });

  it.each([
    ["7", 7000],
    ["3600", 30_000],
    [undefined, 0],
  ])("with Retry-After %s is waited for %i ms", (header, ms) => {
    expect(retryAfterMs(new Error("applying", { cause: ApiError.of(429, "", header) }))).toBe(ms);
  });

  it("is found among the causes of another error", () => {
    const error = new Error("applying", { cause: ApiError.of(409, "") });
    expect(isApiError(error, 409)).toBe(true);
    expect(isApiError(error, 404)).toBe(false);
    expect(isApiError("no error at all", 404)).toBe(false);
  });
});

describe("an error of a write", () => {
  const typed =
    "failed to create typed patch object (demo/a; apps/v1, Kind=Deployment): .spec.affinity: expected map";
  const quantity =
    "failed to convert new object (demo/a; apps/v1, Kind=Deployment) to proper version: unable to";
  const answer = (statusCode: number, message = "", causes: object[] = []) =>
    ApiError.of(statusCode, JSON.stringify({ kind: "Status", message, details: { causes } }));

  it.each([
    ["anew", "409: the object has been modified", answer(409)],
    [
      "anew",
      "an object with another uid",
      answer(422, "", [{ field: "metadata.uid", message: "immutable" }]),
    ],
    ["refused", "400", answer(400)],
    ["refused", "a policy or quota", answer(403)],
    ["refused", "an unknown kind or namespace", answer(404)],
    ["refused", "405", answer(405)],
    ["refused", "an object too large", answer(413)],
    ["refused", "an invalid object", answer(422, "", [{ field: "spec.replicas" }])],
    ["refused", "a value of a wrong type", answer(500, typed)],
    ["refused", "a quantity that is none", answer(500, quantity)],
    ["failed", "a credential that has run out", answer(401)],
    ["failed", "408", answer(408)],
    ["failed", "an API server with too much to do", answer(429)],
    ["failed", "a webhook that does not answer", answer(500, "Internal error: failed calling webhook")],
    ["failed", "503", answer(503, typed)],
    [undefined, "no answer", new TypeError("fetch failed")],
    [undefined, "no error", undefined],
  ])("is taken as %s when it is %s", (refusal, _what, error) => {
    expect(refusalOf(error)).toBe(refusal);
    expect(refusalOf(new Error("applying", { cause: error }))).toBe(refusal);
  });
});
