// Whether memory grows on and on.

/** What a process held in memory when so much was done. */
export interface Weighed {
  done: number;
  /** Megabytes. */
  memory: number;
}

/** Growth of the second half that is still called bounded, as a share of what is held in the middle: an allocator's noise. */
const noise = 0.1;

/** Megabytes for each thing done in the second half of a run: the median of the slopes between any two looks (Theil and Sen). */
export function slope(weighed: Weighed[]): number {
  const half = secondHalf(weighed);
  const slopes = half.flatMap((from, index) => half.slice(index + 1).map((to) => (to.memory - from.memory) / (to.done - from.done)));
  const sorted = slopes.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** True when the second half of a run added no more than a tenth to what was held at its begin. */
export function isBounded(weighed: Weighed[]): boolean {
  const half = secondHalf(weighed);
  const [first, last] = [half[0], half.at(-1)];
  if (!first || !last) return false;
  return slope(weighed) * (last.done - first.done) <= noise * first.memory;
}

function secondHalf(weighed: Weighed[]): Weighed[] {
  return weighed.slice(Math.floor(weighed.length / 2));
}
