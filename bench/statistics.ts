// What a series of pairs says.

/** The value in the middle; of an even number the lower one of the two. */
export function median(values: number[]): number {
  return quantile(values, 0.5);
}

/** The value below which a share of the values lies. */
export function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export interface Comparison {
  /** The median of the pairs' ratios, new to old. */
  ratio: number;
  /** Between these the median lies with a confidence of 95 % or a little more, whatever the distribution (sign test). */
  low: number;
  high: number;
}

/** Compares pairs that were measured one right after the other, so that what slows the machine slows both. */
export function compare(pairs: { before: number; after: number }[]): Comparison {
  const ratios = pairs.map(({ before, after }) => after / before).toSorted((a, b) => a - b);
  const outside = ranksOutside(ratios.length);
  return { ratio: median(ratios), low: ratios[outside] ?? Number.NaN, high: ratios[ratios.length - 1 - outside] ?? Number.NaN };
}

/** How many of the smallest and of the largest of `count` values can be left out: a binomial tail of 2.5 % on each side. */
function ranksOutside(count: number): number {
  let [tail, term, outside] = [0, 0.5 ** count, 0];
  for (let rank = 0; rank < count; rank += 1) {
    tail += term;
    if (tail > 0.025) break;
    outside = rank;
    term = (term * (count - rank)) / (rank + 1);
  }
  return outside;
}

/** `slower` and `fine` when the whole interval lies on one side of the limit, else `open`. */
export function verdict({ low, high }: Comparison, limit: number): "slower" | "fine" | "open" {
  if (low > limit) return "slower";
  return high <= limit ? "fine" : "open";
}
