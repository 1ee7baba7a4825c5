import { createPrivateKey, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import type { HitCounter } from "../../api/hitCounter.ts";
import type { KeyPair } from "../../desired/proxyTls.ts";
import { errorMessage } from "../../runtime/index.ts";
import type { Context } from "../context.ts";
import { readNamed, type SecretAnswer } from "./namedSecrets.ts";

/** What a certificate says of itself; times in milliseconds since 1970. */
export interface Certificate {
  readonly names: readonly string[];
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Why there is nothing to serve, in one word and in a sentence without its full stop. */
export interface CertificateProblem {
  readonly reason: string;
  readonly message: string;
  /** When it is over by itself, in milliseconds since 1970. */
  readonly until?: number;
}

/** A pair that can be served, or why there is none. */
export type Offer =
  | { readonly pair: KeyPair; readonly problem?: never }
  | { readonly pair?: never; readonly problem: CertificateProblem };

const FIELD = "spec.proxy.tls.secretName";
const [CERTIFICATE, KEY] = ["tls.crt", "tls.key"] as const;

/** As nginx's OpenSSL is set on Debian and in the official image: it takes no key that is too short, and no SHA-1. */
const AS_STRICT_AS_NGINX = "DEFAULT:@SECLEVEL=2";

/** What the Secret that spec names offers for serving now; undefined where spec names none, or it has not been read yet. */
export function offeredPair(
  { tlsSecrets, now }: Pick<Context, "tlsSecrets" | "now">,
  hitCounter: HitCounter,
): Offer | undefined {
  const name = hitCounter.spec.proxy.tls?.secretName;
  const wanted = name === undefined ? undefined : { name, field: FIELD, keys: [CERTIFICATE, KEY] };
  const answer = readNamed(tlsSecrets, hitCounter, wanted);
  return answer && offerOf(answer, name ?? "", now());
}

function offerOf({ content, problem }: SecretAnswer, name: string, now: Date): Offer {
  if (problem) return { problem };
  const pair = { certificate: content[CERTIFICATE] ?? "", key: content[KEY] ?? "" };
  const fault = faultOf(pair, now);
  if (fault === undefined) return { pair };
  return { problem: { ...fault, message: `the Secret ${name} (${FIELD}) ${fault.message}` } };
}

/** What keeps a pair from being served, in words about its Secret. */
function faultOf(pair: KeyPair, now: Date): CertificateProblem | undefined {
  const certificate = certificateIn(pair);
  if (!certificate) return unusable(`has no certificate in PEM in ${CERTIFICATE}`);
  if (!isKey(pair.key))
    return unusable(`has no private key in PEM in ${KEY}, or one that wants a passphrase`);
  const refusal = refusalOf(pair);
  if (refusal !== undefined) return unusable(refusal);
  const { notBefore, notAfter } = certificate;
  if (notAfter <= now.getTime())
    return {
      reason: "CertificateExpired",
      message: `has a certificate that was valid until ${timeIn(notAfter)}`,
    };
  if (notBefore <= now.getTime()) return undefined;
  const message = `has a certificate that is valid from ${timeIn(notBefore)} only`;
  return { reason: "CertificateNotYetValid", message, until: notBefore };
}

const unusable = (message: string): CertificateProblem => ({ reason: "CertificateUnusable", message });

/** The certificate of a pair, the first of those that are there; undefined where that is none. */
export function certificateIn({ certificate }: KeyPair): Certificate | undefined {
  try {
    const { subject, subjectAltName, validFromDate, validToDate } = new X509Certificate(certificate);
    const names = (subjectAltName ?? subject ?? "")
      .split(/, |\n/)
      .map((name) => name.replace(/^[^:=]*[:=]/, ""));
    return { names, notBefore: validFromDate.getTime(), notAfter: validToDate.getTime() };
  } catch {
    return undefined;
  }
}

function isKey(key: string): boolean {
  try {
    createPrivateKey(key);
    return true;
  } catch {
    return false;
  }
}

/** Why OpenSSL, by which nginx serves as well, would not serve a pair. */
function refusalOf({ certificate, key }: KeyPair): string | undefined {
  const first = new X509Certificate(certificate);
  if (!first.checkPrivateKey(createPrivateKey(key)))
    return `has in ${KEY} not the key of the first certificate in ${CERTIFICATE}. The site's own comes first, then its issuers'`;
  try {
    createSecureContext({ cert: certificate, key, ciphers: AS_STRICT_AS_NGINX });
    return undefined;
  } catch (error) {
    return `has a certificate that can't be served: ${errorMessage(error)}`;
  }
}

/** A time as Kubernetes writes it, to the second. */
export const timeIn = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
