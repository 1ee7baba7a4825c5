import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import type { KeyPair } from "../desired/proxyTls.ts";

/** What a certificate for tests says. */
export interface CertificateOptions {
  /** Default: from an hour ago to 90 days from now. */
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** Length of an RSA key. Default: a key on the curve P-256. */
  readonly rsaBits?: number;
  /** Whose key signs it. Default: its own. */
  readonly issuer?: Issued;
}

/** A certificate and its key, as a Secret has them, and what signs others. */
export interface Issued extends KeyPair {
  readonly name: string;
  readonly privateKey: KeyObject;
}

// DER (X.690): a tag, a length and a content. Node.js reads certificates, and makes none.
const der = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  const { length } = content;
  const long = length > 255 ? [0x82, length >> 8, length & 255] : length > 127 ? [0x81, length] : [length];
  return Buffer.concat([Buffer.from([tag, ...long]), content]);
};
const sequence = (...parts: readonly Buffer[]) => der(0x30, ...parts);
const integer = (bytes: Buffer) => der(0x02, bytes);
const oid = (hex: string) => der(0x06, Buffer.from(hex, "hex"));
const bits = (bytes: Buffer) => der(0x03, Buffer.from([0]), bytes);
const text = (tag: number, words: string) => der(tag, Buffer.from(words, "latin1"));
const time = (date: Date) => text(0x18, date.toISOString().replaceAll(/[-:T]|\.\d+/g, ""));
const nameOf = (commonName: string) => sequence(der(0x31, sequence(oid("550403"), text(0x0c, commonName))));
const ECDSA_WITH_SHA256 = sequence(oid("2a8648ce3d040302"));
const RSA_WITH_SHA256 = sequence(oid("2a864886f70d01010b"), der(0x05));
const subjectAltName = (name: string) =>
  sequence(sequence(oid("551d11"), der(0x04, sequence(text(0x82, name)))));

const HOUR_MS = 3_600_000;
const pem = (bytes: Buffer) => {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
};

/** Makes a certificate for a DNS name, with a key of its own. */
export function issue(name: string, options: CertificateOptions = {}): Issued {
  const now = Date.now();
  const { notBefore = new Date(now - HOUR_MS), notAfter = new Date(now + 90 * 24 * HOUR_MS) } = options;
  const { publicKey, privateKey } = options.rsaBits
    ? generateKeyPairSync("rsa", { modulusLength: options.rsaBits })
    : generateKeyPairSync("ec", { namedCurve: "P-256" });
  const signer = options.issuer ?? { name, privateKey };
  const algorithm = signer.privateKey.asymmetricKeyType === "rsa" ? RSA_WITH_SHA256 : ECDSA_WITH_SHA256;
  const toBeSigned = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    nameOf(signer.name),
    sequence(time(notBefore), time(notAfter)),
    nameOf(name),
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, subjectAltName(name)),
  );
  const signature = bits(sign("sha256", toBeSigned, signer.privateKey));
  return {
    name,
    privateKey,
    certificate: pem(sequence(toBeSigned, algorithm, signature)),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}
