import { z } from "zod";

const LONGEST_SECONDS = 86_400;

/** Name of a namespace or of an object in it. */
export const objectName = z
  .string("it is needed")
  .regex(
    /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    "a name is expected: lower-case letters, digits and dashes, 63 at most",
  );

/** How long a job waits, in seconds. */
export const timeout = z
  .string()
  .regex(/^[1-9]\d{0,4}$/, `a whole number of seconds from 1 to ${LONGEST_SECONDS} is expected`)
  .transform(Number)
  .refine(
    (seconds) => seconds <= LONGEST_SECONDS,
    `a whole number of seconds from 1 to ${LONGEST_SECONDS} is expected`,
  );
