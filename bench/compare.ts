// `compare.ts OLD NEW [--pairs N] [--only WORD]`: measures two builds in turn, prints a table, and ends with 1 when the new one is slower.
import { parseArgs } from "node:util";
import { coldStart } from "./cold-start.ts";
import { operations } from "./operations.ts";
import { type Measured, Side } from "./side.ts";
import { compare, median, verdict, type Comparison } from "./statistics.ts";
import { fixed, row, say } from "./table.ts";

/** By how much an operation's CPU may grow. */
const limit = 1.05;
/** While it is open on which side of the limit an operation is, so many times the pairs are measured. */
const most = 4;

type Pair = { before: Measured; after: Measured };

const { values, positionals } = parseArgs({
  options: { pairs: { type: "string", default: "12" }, only: { type: "string", default: "" } },
  allowPositionals: true,
});
const [oldBuild = "", newBuild = ""] = positionals;
process.exitCode = (await all(Number(values.pairs))) ? 0 : 1;

async function all(pairs: number): Promise<boolean> {
  say(`workerd, ms, medians of ${pairs} pairs or more; ratio: median of the pairs' ratios, and where it lies with a confidence of 95 %\n`);
  say(row("", "CPU before", "after", "ratio", "", "wall before", "after", "ratio", "pairs"));
  const isWanted = (name: string) => name.includes(values.only);
  const [before, after] = await Promise.all([Side.start(oldBuild), Side.start(newBuild)]);
  const slower: string[] = [];
  try {
    for (const operation of operations.filter(({ name }) => isWanted(name))) {
      const measured = await inTurn(
        async () => await before.measure(operation),
        async () => await after.measure(operation),
        { pairs, most: pairs * most },
      );
      report(operation.name, measured);
      if (ratios(measured, "cpu").ratio > limit) slower.push(operation.name);
    }
  } finally {
    await Promise.all([before.stop(), after.stop()]);
  }
  if (isWanted("cold start")) {
    const starts = await inTurn(
      async () => await coldStart(oldBuild),
      async () => await coldStart(newBuild),
      { pairs: pairs * 2, most: pairs * 2 },
    );
    report("cold start", starts);
  }
  if (slower.length > 0) say(`\nMore than ${Math.round((limit - 1) * 100)} % slower: ${slower.join(", ")}`);
  return slower.length === 0;
}

/** Measures in turn, each first every other time, until it is clear whether the second is slower or there are `most` pairs. */
async function inTurn(
  before: () => Promise<Measured>,
  after: () => Promise<Measured>,
  { pairs, most }: { pairs: number; most: number },
): Promise<Pair[]> {
  // What the first time costs more is no matter of the operation's.
  await before();
  await after();
  const measured: Pair[] = [];
  while (measured.length < pairs || (measured.length < most && verdict(ratios(measured, "cpu"), limit) === "open")) {
    if (measured.length % 2 === 0) {
      measured.push({ before: await before(), after: await after() });
    } else {
      const second = await after();
      measured.push({ before: await before(), after: second });
    }
  }
  return measured;
}

function ratios(pairs: Pair[], what: "cpu" | "wall"): Comparison {
  return compare(pairs.map(({ before, after }) => ({ before: before[what], after: after[what] })));
}

function report(name: string, pairs: Pair[]): void {
  const cells = (["cpu", "wall"] as const).map((what) => {
    const { ratio, low, high } = ratios(pairs, what);
    const [before, after] = (["before", "after"] as const).map((which) => fixed(median(pairs.map((pair) => pair[which][what]))));
    return { before, after, ratio: ratio.toFixed(3), interval: `${low.toFixed(2)}-${high.toFixed(2)}` };
  });
  say(
    row(
      name,
      ...cells.flatMap(({ before = "", after = "", ratio, interval }) => [before, after, ratio, interval]).toSpliced(7, 1),
      String(pairs.length),
    ),
  );
}
