/**
 * How many are different among many, told by 16,384 small numbers: each of those who are counted falls to one register by
 * their hash, and to a rank that is rarer the higher it is; a register keeps the highest. The standard error of the estimate
 * is 0.8%. The form is Redis's own (14 bits of register, 50 of rank), so that what is known of that holds of this.
 */

const REGISTER_BITS = 14;
/** How many registers there are. */
export const REGISTERS = 2 ** REGISTER_BITS;
/** Bits that decide a rank: it is how many zeros they begin with, and one. */
const RANK_BITS = 50;
const HIGHEST_RANK = RANK_BITS + 1;
/** Of those bits, so many stand in the first 32 of a hash. */
const FIRST_RANK_BITS = 32 - REGISTER_BITS;

/** The register and the rank of a hash, of which the first 16 hexadecimal digits count. */
export function placeOf(digits: string): readonly [register: number, rank: number] {
  const first = Number.parseInt(digits.slice(0, 8), 16);
  const rankBits = first % 2 ** FIRST_RANK_BITS;
  const zeros =
    rankBits === 0
      ? FIRST_RANK_BITS + Math.clz32(Number.parseInt(digits.slice(8, 16), 16))
      : Math.clz32(rankBits) - REGISTER_BITS;
  return [first >>> FIRST_RANK_BITS, zeros + 1];
}

/** How many registers have each rank from 1 on, in registers that stand as characters, one each. */
export function ranksIn(registers: string): number[] {
  const ranks = Array<number>(HIGHEST_RANK).fill(0);
  for (let index = 0; index < registers.length; index += 1) {
    const rank = registers.charCodeAt(index);
    if (rank > 0) ranks[rank - 1] = (ranks[rank - 1] ?? 0) + 1;
  }
  return ranks;
}

/**
 * About how many there were, by how many registers have each rank from 1 on: the improved raw estimator of Otmar Ertl,
 * "New cardinality estimation algorithms for HyperLogLog sketches" (2017), which is as good for few as for many.
 */
export function estimate(ranks: readonly number[]): number {
  const part = (rank: number) => (ranks[rank - 1] ?? 0) / REGISTERS;
  let [used, sum] = [part(HIGHEST_RANK), tau(1 - part(HIGHEST_RANK))];
  for (let rank = RANK_BITS; rank >= 1; rank -= 1) {
    used += part(rank);
    sum = (sum + part(rank)) / 2;
  }
  return Math.round(REGISTERS / (2 * Math.LN2 * (sum + sigma(1 - used))));
}

/** Corrects for registers that nobody fell to: infinite where nobody fell to any. */
function sigma(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY;
  let [power, factor, sum, before] = [share, 1, share, Number.NaN];
  while (sum !== before) {
    power *= power;
    before = sum;
    sum += power * factor;
    factor *= 2;
  }
  return sum;
}

/** Corrects for registers at the highest rank, which may stand for higher ones. */
function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let [root, factor, sum, before] = [share, 1, 1 - share, Number.NaN];
  while (sum !== before) {
    root = Math.sqrt(root);
    before = sum;
    factor /= 2;
    sum -= (1 - root) ** 2 * factor;
  }
  return sum / 3;
}
