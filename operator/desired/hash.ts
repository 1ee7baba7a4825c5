import { createHash } from "node:crypto";

/** Sixteen hexadecimal digits that change with the text. */
export const shortHash = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 16);
