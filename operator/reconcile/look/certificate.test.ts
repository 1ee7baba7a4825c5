import { beforeAll, describe, expect, it } from "@jest/globals";
import { type Issued, issue } from "../../testing/certificates.ts";
import { hitCounterWith } from "../../testing/fixtures.ts";
import { certificateIn, offeredPair } from "./certificate.ts";
import type { SecretAnswer } from "./namedSecrets.ts";

const now = new Date("2026-01-02T03:04:05Z");
const [before, after] = [new Date("2025-12-01T00:00:00Z"), new Date("2026-03-01T00:00:00Z")];
const valid = { notBefore: before, notAfter: after };
const hitCounter = hitCounterWith({ proxy: { tls: { secretName: "site-tls" } } });
let good: Issued;
beforeAll(() => {
  good = issue("a.example", valid);
});

/** What the Secret offers that spec names, where its reading gave this. */
const offered = (value: SecretAnswer | undefined, of = hitCounter) =>
  offeredPair(
    {
      tlsSecrets: {
        follow: () => {},
        forget: () => {},
        answer: () => value && { value, steady: true, occasion: undefined },
        isUnsure: () => false,
      },
      now: () => now,
    },
    of,
  );
const secretWith = (certificate: string, key: string): SecretAnswer => ({
  content: { "tls.crt": certificate, "tls.key": key },
});

describe("what a Secret offers", () => {
  it("is its pair, with those of the issuers, where it can be served", () => {
    const root = issue("root", valid);
    const { certificate, key } = issue("b.example", { ...valid, issuer: root });
    const pair = { certificate: certificate + root.certificate, key };
    expect(offered(secretWith(pair.certificate, key))).toEqual({ pair });
    const rsa = issue("c.example", { ...valid, rsaBits: 2048 });
    expect(offered(secretWith(rsa.certificate, rsa.key))).toHaveProperty("pair");
  });

  it("is nothing before it was read", () => {
    expect(offered(undefined)).toBeUndefined();
  });

  it("is why it can't be read", () => {
    const problem = { reason: "SecretNotFound", message: "no" } as const;
    expect(offered({ problem })).toEqual({ problem });
  });

  it.each<[string, () => [string, string], string, string]>([
    ["is none", () => ["nonsense", good.key], "CertificateUnusable", "has no certificate in PEM in tls.crt"],
    [
      "has a key that is none",
      () => [good.certificate, good.certificate],
      "CertificateUnusable",
      "has no private key in PEM in tls.key, or one that wants a passphrase",
    ],
    [
      "has another's key",
      () => [good.certificate, issue("a.example", valid).key],
      "CertificateUnusable",
      "has in tls.key not the key of the first certificate in tls.crt. The site's own comes first, then its issuers'",
    ],
    [
      "has a key that nginx would refuse",
      () => {
        const weak = issue("a.example", { ...valid, rsaBits: 1024 });
        return [weak.certificate, weak.key];
      },
      "CertificateUnusable",
      "has a certificate that can't be served: ",
    ],
    [
      "has an issuer's that is broken",
      () => [`${good.certificate}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`, good.key],
      "CertificateUnusable",
      "has a certificate that can't be served: ",
    ],
    [
      "is over",
      () => {
        const old = issue("a.example", { notBefore: before, notAfter: now });
        return [old.certificate, old.key];
      },
      "CertificateExpired",
      "has a certificate that was valid until 2026-01-02T03:04:05Z",
    ],
    [
      "is yet to come",
      () => {
        const early = issue("a.example", { notBefore: after, notAfter: new Date("2027-01-01T00:00:00Z") });
        return [early.certificate, early.key];
      },
      "CertificateNotYetValid",
      "has a certificate that is valid from 2026-03-01T00:00:00Z only",
    ],
  ])("is a problem with words where its certificate %s", (_title, make, reason, words) => {
    const [certificate, key] = make();
    const { pair, problem } = offered(secretWith(certificate, key)) ?? {};
    expect([pair, problem?.reason]).toEqual([undefined, reason]);
    expect(problem?.message).toContain(`the Secret site-tls (spec.proxy.tls.secretName) ${words}`);
    expect(problem?.message).not.toContain(key.split("\n")[1]);
  });
});

describe("a certificate", () => {
  it("says for whom and when it is valid", () => {
    expect(certificateIn(good)).toEqual({
      names: ["a.example"],
      notBefore: before.getTime(),
      notAfter: after.getTime(),
    });
    expect(certificateIn({ certificate: "", key: "" })).toBeUndefined();
  });
});
