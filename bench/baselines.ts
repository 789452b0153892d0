// `baselines.ts DEPUTY NAME=DIRECTORY… [--pairs N] [--only WORD]`: Deputy and what it is measured by, in turn, in the same workerd.
// Prints a table and writes bench/results.json; judges nothing.
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { inRoot } from "../tests/harness/paths.ts";
import { baselines as known } from "./baseline/build.mjs";
import { coldStart } from "./cold-start.ts";
import { operations } from "./operations.ts";
import { deputy, resultOf, type Result } from "./results.ts";
import { type Measured, Side } from "./side.ts";
import { fixed, row, say } from "./table.ts";
import type { Operation } from "./operation.ts";
import { workerd } from "./workerd.ts";

type Measure = () => Promise<Measured>;

const { values, positionals } = parseArgs({
  options: { pairs: { type: "string", default: "12" }, only: { type: "string", default: "" } },
  allowPositionals: true,
});
const [directory = "", ...others] = positionals;
const baselines = others.map((other): [string, string] => [other.slice(0, other.indexOf("=")), other.slice(other.indexOf("=") + 1)]);
await all([[deputy, directory], ...baselines], Number(values.pairs));

async function all(directories: [string, string][], rounds: number): Promise<void> {
  say(`workerd ${workerd.version}, ms; CPU: median of ${rounds} batches; noise: the middle half of the batches, as a share of that`);
  say("ratio: Deputy's to this one's, the median of the batches' ratios, and where it lies with a confidence of 95 %\n");
  say(row("", "", "CPU", "noise", "wall", "p99", "samples", "CPU ratio", "", "wall ratio", ""));
  const sides = await Promise.all(directories.map(async ([name, path]): Promise<[string, Side]> => [name, await Side.start(path)]));
  const results: Result[] = [];
  try {
    const measured: [string, [string, Measure][]][] = [
      ...operations.map((operation): [string, [string, Measure][]] => [
        operation.name,
        sides.filter(([name]) => isBeside(operation, name)).map(([name, side]) => [name, async () => await side.measure(operation)]),
      ]),
      ["cold start", directories.map(([name, path]) => [name, async () => await coldStart(path)])],
    ];
    for (const [operation, measures] of measured.filter(([name]) => name.includes(values.only))) {
      const result = resultOf(operation, await inTurn(measures, rounds));
      report(result);
      results.push(result);
    }
  } finally {
    await Promise.all(sides.map(async ([, side]) => await side.stop()));
  }
  const about = { when: new Date().toISOString(), workerd: workerd.version, node: process.version, cores: availableParallelism(), rounds };
  writeFileSync(inRoot("bench/results.json"), `${JSON.stringify({ ...about, results }, undefined, 2)}\n`);
}

/** Deputy does everything, the baselines what they can; any other build is asked for all that the agent can do. */
function isBeside({ beside }: Operation, name: string): boolean {
  const can: readonly string[] = beside;
  return name === deputy || can.includes(name in known ? name : "agent");
}

/** Each round one batch on every side, each round another side first. */
async function inTurn(measures: [string, Measure][], rounds: number): Promise<Map<string, Measured[]>> {
  const measured = new Map(measures.map(([name]): [string, Measured[]] => [name, []]));
  // What the first time costs more is no matter of the operation's.
  for (const [, measure] of measures) await measure();
  for (let round = 0; round < rounds; round += 1) {
    const first = round % measures.length;
    for (const [name, measure] of [...measures.slice(first), ...measures.slice(0, first)]) measured.get(name)?.push(await measure());
  }
  return measured;
}

function report({ operation, sides, ratios }: Result): void {
  for (const [index, [name, { cpu, noise, wall, p99, samples }]] of Object.entries(sides).entries()) {
    const ratio = ratios[name];
    const compared = ratio
      ? [ratio.cpu, ratio.wall].flatMap(({ ratio, low, high }) => [ratio.toFixed(2), `${low.toFixed(2)}-${high.toFixed(2)}`])
      : [];
    const times = [fixed(cpu), `${(noise * 100).toFixed(0)} %`, fixed(wall), fixed(p99), String(samples)];
    say(row(index === 0 ? operation : "", name, ...times, ...compared));
  }
}
