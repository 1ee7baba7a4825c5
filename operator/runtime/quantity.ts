const DECIMAL: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  "": 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const BINARY: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };

/** The exact value of a Kubernetes quantity ("500m", "1Gi", "1e3", 2) in billionths, or undefined when it is none. */
export function quantityOf(text: unknown): bigint | undefined {
  const form = /^([+-]?)(?=\.?\d)(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,2})|([KMGTPE]i|[numkMGTPE]))?$/;
  const match = form.exec(String(text));
  if (!match) return undefined;
  const [, sign = "", whole = "", fraction = "", exponent, suffix = ""] = match;
  const digits = BigInt(sign + whole + fraction) << BigInt(BINARY[suffix] ?? 0);
  const power = 9 - fraction.length + Number(exponent ?? DECIMAL[suffix] ?? 0);
  return power >= 0 ? digits * 10n ** BigInt(power) : digits / 10n ** BigInt(-power);
}

/** Compares two quantities as a sort does; one that is none counts as 0. */
export function compareQuantities(one: string | number, other: string | number): number {
  const [first = 0n, second = 0n] = [quantityOf(one), quantityOf(other)];
  return Number(first > second) - Number(first < second);
}
