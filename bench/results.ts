// What a series of batches on several sides says: each side by itself, and Deputy beside each other one.
import type { Measured } from "./side.ts";
import { compare, median, quantile, type Comparison } from "./statistics.ts";

/** The name of the side that is compared with the others. */
export const deputy = "Deputy";

/** What an operation took on one side, in milliseconds. */
export interface Summary {
  /** Workerd's CPU for one: the median of the batches. */
  cpu: number;
  /** How far the middle half of the batches lies apart, as a share of their median. */
  noise: number;
  wall: number;
  /** Of the wall time: 99 of 100 are below. */
  p99: number;
  /** How many single operations these are. */
  samples: number;
}

/** Deputy's CPU and wall time as a ratio to another side's, batch by batch. */
export type Ratio = Record<"cpu" | "wall", Comparison>;

/** What is known of an operation, by the names of the sides. */
export interface Result {
  operation: string;
  sides: Record<string, Summary>;
  ratios: Record<string, Ratio>;
}

/** Sums up the batches of an operation: of each side as many, in the order in which they were measured. */
export function resultOf(operation: string, measured: Map<string, Measured[]>): Result {
  const ours = measured.get(deputy) ?? [];
  const ratio = (theirs: Measured[], what: "cpu" | "wall") =>
    compare(theirs.map((before, round) => ({ before: before[what], after: ours[round]?.[what] ?? Number.NaN })));
  const ratios = [...measured]
    .filter(([name]) => name !== deputy)
    .map(([name, theirs]): [string, Ratio] => [name, { cpu: ratio(theirs, "cpu"), wall: ratio(theirs, "wall") }]);
  const sides = [...measured].map(([name, batches]): [string, Summary] => [name, summary(batches)]);
  return { operation, sides: Object.fromEntries(sides), ratios: Object.fromEntries(ratios) };
}

function summary(batches: Measured[]): Summary {
  const cpus = batches.map(({ cpu }) => cpu);
  const walls = batches.flatMap(({ walls }) => walls);
  const cpu = median(cpus);
  const noise = (quantile(cpus, 0.75) - quantile(cpus, 0.25)) / cpu;
  return { cpu, noise, wall: median(walls), p99: quantile(walls, 0.99), samples: walls.length };
}
