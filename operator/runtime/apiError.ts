import { chainOf } from "./logger.ts";

/** One thing that is wrong with an object, as a Kubernetes Status lists them. */
export interface Cause {
  reason?: string;
  message?: string;
  field?: string;
}

interface Status {
  message?: string;
  reason?: string;
  code?: number;
  details?: { causes?: Cause[]; retryAfterSeconds?: number };
}

const LONGEST_RETRY_AFTER_MS = 30_000;

/** The API server's refusal: its status code, its reason ("NotFound", "Conflict", "Expired"…) and what it said. */
export class ApiError extends Error {
  override name = "ApiError";
  /** The HTTP status, or the code inside a watch's ERROR event. */
  readonly statusCode: number;
  readonly reason: string;
  readonly causes: readonly Cause[];
  /** How long the server asks to be left alone, in seconds. */
  readonly retryAfterSeconds: number | undefined;

  constructor(statusCode: number, status: Status, retryAfter?: string) {
    const reason = status.reason ?? "";
    super(`${[statusCode, reason].join(" ").trim()}: ${status.message ?? "the API server gave no message"}`);
    this.statusCode = statusCode;
    this.reason = reason;
    this.causes = status.details?.causes ?? [];
    this.retryAfterSeconds = seconds(retryAfter) ?? status.details?.retryAfterSeconds;
  }

  /** Reads an error response, whose body is a Kubernetes Status, or anything at all when a proxy answered. */
  static of(statusCode: number, body: string, retryAfter?: string): ApiError {
    return new ApiError(statusCode, parseStatus(body), retryAfter);
  }
}

/** Whether an error, or anything it was caused by, is the API server's answer with this status code. */
export function isApiError(error: unknown, statusCode: number): boolean {
  return findApiError(error)?.statusCode === statusCode;
}

/** The API server's answer in an error's chain of causes. */
export const findApiError = (error: unknown): ApiError | undefined =>
  [...chainOf(error)].find((each) => each instanceof ApiError);

/** What the API server says, as 500, to a value of a type that the schema does not have. */
const WRONG_TYPE = /failed to create typed patch object|failed to convert new object|unable to convert/;
/** Invalid, forbidden, of an unknown kind, too large: what was sent, or what a policy, webhook or quota makes of it. */
const REFUSALS = new Set([400, 403, 404, 405, 413, 422]);

/**
 * What an error of a write says of trying again. "anew": the object is another than was thought (409), so look at it
 * again and then try. "refused": the same would be refused again, until someone changes what refuses it; ask again, but
 * seldom. "failed": try again soon. Undefined: there was no answer of the API server at all.
 */
export function refusalOf(error: unknown): "anew" | "refused" | "failed" | undefined {
  const answer = findApiError(error);
  if (answer === undefined) return undefined;
  if (answer.statusCode === 409 || isAnotherObject(answer)) return "anew";
  const isWrongType = answer.statusCode === 500 && WRONG_TYPE.test(answer.message);
  return isWrongType || REFUSALS.has(answer.statusCode) ? "refused" : "failed";
}

/** An apply that bears the uid of an object that has been deleted and made anew is refused as invalid, not with 409. */
const isAnotherObject = ({ statusCode, causes }: ApiError) =>
  statusCode === 422 && causes.some(({ field }) => field === "metadata.uid");

/** How long the server asks to be left alone, in milliseconds; never more than half a minute, whatever it asks. */
export function retryAfterMs(error: unknown): number {
  return Math.min((findApiError(error)?.retryAfterSeconds ?? 0) * 1000, LONGEST_RETRY_AFTER_MS);
}

function parseStatus(body: string): Status {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === "object" && parsed !== null && "kind" in parsed && parsed.kind === "Status") {
      return parsed as Status;
    }
  } catch {
    // Not JSON: a proxy or the API server's own plain-text refusal. Its text is the best message there is.
  }
  const text = body.trim().slice(0, 500);
  return text === "" ? {} : { message: text };
}

// Only the form in seconds: the API server never sends a date.
function seconds(header: string | undefined): number | undefined {
  return header !== undefined && /^\d+$/.test(header) ? Number(header) : undefined;
}
