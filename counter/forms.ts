import type { Request } from "express";
import { type Answer, HTML, JSON_TYPE, NEGOTIATED } from "./answers.ts";
import { counterPaths, hitsPlaceholder, otherForms, showParameter } from "./contract.ts";
import { page, pageHeaders } from "./page/page.ts";
import { type RecentHistoryOptions, recentHistory } from "./page/recentHistory.ts";

/** In what a number can be told, beside the sentence in plain text. */
export type Form = "html" | "json";

/** Tells a number in a form; of which page, where it is of one. */
export type Telling = (number: number, key: string | undefined) => Answer | Promise<Answer>;

const mayWantOther = new RegExp(otherForms, "i");

/** Whether no other form than plain text can be wanted by this Accept. */
export const isPlain = (accept: string | undefined) => accept === undefined || !mayWantOther.test(accept);

/** The form that a request would rather have than plain text; none where that is as good, or nothing is. */
export function formOf(request: Request): Form | undefined {
  if (isPlain(request.headers.accept)) {
    return undefined;
  }
  const form = request.accepts(["text", "html", "json"]);
  return form === "html" || form === "json" ? form : undefined;
}

/** What the forms need. */
export interface FormsOptions extends RecentHistoryOptions {
  message: string;
}

/** How a number is told in each form. */
export function createForms(options: FormsOptions): Record<Form, Telling> {
  const sentence = options.message.split(hitsPlaceholder);
  const recent = recentHistory(options);
  return {
    json: (hits, key) => {
      const body = JSON.stringify(key === undefined ? { hits } : { page: key, hits });
      return { code: 200, type: JSON_TYPE, body, headers: NEGOTIATED };
    },
    html: async (number, key) => {
      const from =
        key === undefined ? counterPaths.hits.slice(1) : `?${showParameter.name}=${showParameter.value}`;
      const body = page({ sentence, number, from, recent: await recent() });
      return { code: 200, type: HTML, body, headers: [...NEGOTIATED, ...pageHeaders] };
    },
  };
}
