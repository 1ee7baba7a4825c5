import type { V1Secret, V1Volume } from "@kubernetes/client-node";
import type { HitCounter } from "../api/hitCounter.ts";
import type { Inputs } from "./inputs.ts";
import { child } from "./names.ts";
import { PAIRS, type PairName, SERVES_A, TLS_FOLDER } from "./nginxTls.ts";

/** A certificate, followed by those of its issuers, and its key, in PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** What proxies serve, and what they served before or have never served. */
export type KeyPairs = Readonly<Record<PairName, KeyPair>> & { readonly served: PairName };

/** How the proxies speak TLS, from a certificate that can be served. */
export interface ProxyTls {
  readonly pairs: KeyPairs;
  /** Port of the Service. */
  readonly port: number;
  readonly redirect: boolean;
  /** No more where it is not wanted, and proxies that serve it are still there. */
  readonly wanted: boolean;
}

/** Label of the proxy pods that serve HTTPS: their Service leads there for as long as there is one. */
export const SERVES_TLS = { "hitcounter.dev/serves": "https" };

/** Name of the Secret that the proxies read: a copy, so that what users put into theirs is looked at before it is served. */
export const proxyTlsSecretName = (hitCounter: HitCounter) => `${hitCounter.metadata.name}-proxy-tls`;

/**
 * Puts a pair in the place of the one that is not served, and has it served. The other stays: a handshake may have read its
 * certificate and be about to read its key.
 */
export function served(pairs: KeyPairs | undefined, pair: KeyPair): KeyPairs {
  if (!pairs) return { served: "a", a: pair, b: pair };
  const now = pairs[pairs.served];
  if (now.certificate === pair.certificate && now.key === pair.key) return pairs;
  const free = pairs.served === "a" ? "b" : "a";
  return { ...pairs, [free]: pair, served: free };
}

const base64 = (text: string) => Buffer.from(text, "utf8").toString("base64");
const text = (encoded: string | undefined) => Buffer.from(encoded ?? "", "base64").toString("utf8");
const fileNames = (pair: PairName) => ({ certificate: `${pair}.crt`, key: `${pair}.key` });

/** The Secret that the proxies read; none where they serve no HTTPS. */
export function proxyTlsSecret({ hitCounter, tls }: Inputs): V1Secret | undefined {
  if (!tls) return undefined;
  const { pairs } = tls;
  const files = PAIRS.flatMap((pair) => {
    const { certificate, key } = fileNames(pair);
    return [
      [certificate, base64(pairs[pair].certificate)],
      [key, base64(pairs[pair].key)],
    ];
  });
  return {
    ...child("v1", "Secret", hitCounter, "proxy", proxyTlsSecretName(hitCounter)),
    type: "Opaque",
    data: {
      ...Object.fromEntries(files),
      ...(pairs.served === "a" && { [SERVES_A]: base64("true") }),
    },
  };
}

/** The pairs in that Secret; undefined where there is none, or it lacks one. */
export function pairsIn(secret: V1Secret | undefined): KeyPairs | undefined {
  const data = secret?.data;
  const [a, b] = PAIRS.map((pair) => {
    const { certificate, key } = fileNames(pair);
    return { certificate: text(data?.[certificate]), key: text(data?.[key]) };
  });
  if (!a?.certificate || !a.key || !b?.certificate || !b.key) return undefined;
  return { a, b, served: data?.[SERVES_A] === undefined ? "b" : "a" };
}

/** What pods that serve HTTPS have for it. */
export const tlsVolume = (hitCounter: HitCounter): V1Volume => ({
  name: "tls",
  secret: { secretName: proxyTlsSecretName(hitCounter), defaultMode: 0o440 },
});
export const tlsMount = { name: "tls", mountPath: TLS_FOLDER, readOnly: true };
