import { Agent, request } from "undici";
import { z } from "zod";
import { counterPaths, hitsPlaceholder } from "../../counter/contract.ts";
import { hitCounterSpec } from "../api/spec.ts";
import { job } from "./job.ts";
import { timeout } from "./options.ts";
import { Hopeless, untilNothingIsWaitedFor } from "./patience.ts";

/** Longer than the proxy's own patience, in milliseconds. */
const ANSWER_MS = 60_000;

/** Visits a proxy twice, as two visitors would, and sees to it that both were counted. */
export const countHits = job({
  does: "Visits a proxy twice, and sees that both hits were counted",
  options: z.strictObject({
    url: z.url({ protocol: /^https?$/, error: "a URL such as http://proxy.default.svc:80 is expected" }),
    message: z.string().default(hitCounterSpec.shape.message.parse(undefined)),
    timeout: timeout.default(60),
  }),
  run: async ({ url, message, ...options }, surroundings) => {
    let end = "";
    await untilNothingIsWaitedFor(surroundings, options.timeout, async () => {
      const before = await hitsAt(url);
      const first = numberIn(await answerOf(url, counterPaths.root), message);
      const second = numberIn(await answerOf(url, counterPaths.root), message);
      const after = await hitsAt(url);
      const rises = (first ?? before + 1) > before && (second ?? before + 2) > (first ?? before);
      if (!rises || after < Math.max(before + 2, second ?? 0)) {
        const numbers = [before, first, second, after].filter((number) => number !== undefined);
        throw new Hopeless(`Two hits were not counted as two: ${numbers.join(", ")}`);
      }
      end = `${url} counts: ${before} hits before, ${after} after two more`;
      return undefined;
    });
    return end;
  },
});

/** The number of the hit, where the message has it. Throws where the answer is not what the message says. */
export function numberIn(answer: string, message: string): number | undefined {
  const texts = message.split(hitsPlaceholder);
  const number = texts.length > 1 ? /^\d+/.exec(answer.slice(texts[0]?.length))?.[0] : undefined;
  if (answer === `${texts.join(number)}\n`) return number === undefined ? undefined : Number(number);
  throw new Hopeless(`The answer is ${JSON.stringify(answer)}, and not as the message says: ${message}`);
}

const counted = z.object({ hits: z.int().min(0) });

const hitsAt = async (url: string) => counted.parse(JSON.parse(await answerOf(url, counterPaths.hits))).hits;

/** Inside the cluster it has another name than its certificate is for: whether it counts is what is asked. */
const anyCertificate = new Agent({ connect: { rejectUnauthorized: false } });

/** Over a connection of its own, as a new visitor's is. */
async function answerOf(url: string, path: string): Promise<string> {
  const signal = AbortSignal.timeout(ANSWER_MS);
  const { statusCode, body } = await request(new URL(path, url), {
    signal,
    reset: true,
    dispatcher: anyCertificate,
  });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`${path} answers ${statusCode}: ${text.trim()}`);
  return text;
}
