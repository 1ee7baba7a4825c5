/** A number in the fewest figures that tell it apart. */
const short = (value: number) => `${Number(value.toPrecision(3))}`;

/** In steps of a unit and its multiples, from small to large. */
const scaled =
  (zero: string, steps: readonly (readonly [size: number, name: string])[]) => (value: number) => {
    const [size, name] = steps.findLast(([each]) => Math.abs(value) >= each) ?? steps[0] ?? [1, ""];
    return value === 0 ? zero : `${short(value / size)} ${name}`.trimEnd();
  };

const plain = scaled("0", [
  [1, ""],
  [1e3, "K"],
  [1e6, "Mil"],
]);
const behind = (name: string) => (value: number) => `${plain(value)} ${name}`;

/** How the units of the dashboard are written, by Grafana's names of them. */
const units: Readonly<Record<string, (value: number) => string>> = {
  short: plain,
  reqps: behind("req/s"),
  ops: behind("ops/s"),
  cps: behind("c/s"),
  percentunit: (value) => `${short(value * 100)}%`,
  bool_yes_no: (value) => (value === 0 ? "No" : "Yes"),
  s: scaled("0 s", [
    [1e-6, "µs"],
    [1e-3, "ms"],
    [1, "s"],
    [60, "min"],
  ]),
  bytes: scaled("0 B", [
    [1, "B"],
    [2 ** 10, "KiB"],
    [2 ** 20, "MiB"],
    [2 ** 30, "GiB"],
  ]),
};

/** A value with its unit. */
export function inUnit(value: number, unit = "short"): string {
  const write = units[unit];
  if (write === undefined) throw new Error(`The dashboard has a unit that its picture can't write: ${unit}`);
  return write(value);
}

/** What is between the lines of a grid from 0 to a maximum, four at most: 1, 2 or 5 times a power of ten. */
export function gridStep(most: number, unit = "short"): number {
  if (most <= 0) return 1;
  const size = unit === "bytes" ? 2 ** (10 * Math.floor(Math.log2(Math.max(1, most)) / 10)) : 1;
  const least = most / size / 4;
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5].find((factor) => factor * power >= least) ?? 10) * power * size;
}
