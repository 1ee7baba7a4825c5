import { describe, expect, it } from "@jest/globals";
import { Registry } from "prom-client";
import { ApiError, createMetrics, type KubeClient } from "../../runtime/index.ts";
import { hitCounterWith } from "../../testing/fixtures.ts";
import { askSecret, type NamedSecret, noSecret, readNamed, type SecretAnswer } from "./namedSecrets.ts";
import { createNamedSecrets } from "./pollers.ts";

const wanted = { name: "site-tls", field: "spec.proxy.tls.secretName", keys: ["tls.crt", "tls.key"] };
const subject: NamedSecret = { namespace: "demo", ...wanted };
const base64 = (text: string) => Buffer.from(text).toString("base64");

/** A client that has this Secret, or throws this, and what was asked of it. */
function clientWith(answer: Record<string, string> | Error | undefined) {
  const asked: unknown[] = [];
  const get = async ({ kind }: { kind: string }, key: object) => {
    asked.push([kind, key]);
    if (answer instanceof Error) throw answer;
    return answer && { data: answer };
  };
  return { client: { get } as unknown as KubeClient, asked };
}

async function ask(answer: Record<string, string> | Error | undefined): Promise<SecretAnswer> {
  const asking = askSecret(clientWith(answer).client);
  return await asking(subject, new AbortController().signal).catch((error) => noSecret(error, subject));
}

describe("a Secret that a user names", () => {
  it("is read by its name, and of it nothing but what is wanted", async () => {
    const { client, asked } = clientWith({
      "tls.crt": base64("c\n"),
      "tls.key": base64("k"),
      "ca.crt": base64("a"),
    });
    const { signal } = new AbortController();
    expect(await askSecret(client)(subject, signal)).toEqual({
      content: { "tls.crt": "c\n", "tls.key": "k" },
    });
    expect(asked).toEqual([["Secret", { namespace: "demo", name: "site-tls" }]]);
  });

  it.each<[string, Record<string, string> | Error | undefined, string, string]>([
    ["missing", undefined, "SecretNotFound", "is not there. Make it, with tls.crt and tls.key"],
    [
      "without a key",
      { "tls.crt": base64("secret") },
      "SecretIncomplete",
      "has no tls.key. It needs a value there",
    ],
    ["empty", { "tls.crt": "" }, "SecretIncomplete", "has no tls.crt and no tls.key. It needs a value there"],
    [
      "forbidden",
      new ApiError(403, { message: "RBAC" }),
      "SecretForbidden",
      "may not be read by the operator. Let it `get` that Secret",
    ],
    ["unreadable", new Error("reset"), "SecretUnreadable", "could not be read: reset"],
  ])("is data where it is %s, with words that name the field", async (_title, answer, reason, rest) => {
    expect(await ask(answer)).toEqual({
      problem: { reason, message: `the Secret site-tls (spec.proxy.tls.secretName) ${rest}` },
    });
  });

  it("is asked for while it is named, and no more after that", async () => {
    const { client, asked } = clientWith({ "tls.crt": base64("c"), "tls.key": base64("k") });
    const secrets = createNamedSecrets("tlsSecrets", client, createMetrics(new Registry()));
    const told = new Promise((resolve) => secrets.onKey(resolve));
    secrets.start();
    const hitCounter = hitCounterWith();
    expect(readNamed(secrets, hitCounter, undefined)).toBeUndefined();
    expect(secrets.size).toBe(0);
    expect(readNamed(secrets, hitCounter, wanted)).toBeUndefined();
    expect(await told).toEqual({ namespace: "demo", name: "web" });
    expect(readNamed(secrets, hitCounter, wanted)).toEqual({ content: { "tls.crt": "c", "tls.key": "k" } });
    expect(asked).toHaveLength(1);
    await new Promise(setImmediate); // the ask that told is over
    expect(readNamed(secrets, hitCounter, undefined)).toBeUndefined();
    expect(secrets.size).toBe(0);
    expect(readNamed(secrets, hitCounter, wanted)).toBeUndefined();
    await secrets.stop();
  });
});
