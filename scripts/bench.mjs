// `npm run bench`: Deputy beside two baselines, a plain agent on the official packages and the least a Worker can do. `--baseline DIR` adds
// any other built Worker. `--against REV`: this tree's Worker and that of another commit; ends with 1 when something became slower. What is
// measured takes turns, each in a real workerd of its own: CPU and time of what users feel. `--url URL`: times of a running Deputy.
import { basename, resolve } from "node:path";
import { baselines, buildBaseline, withPackages } from "../bench/baseline/build.mjs";
import { buildOf } from "../bench/revision.mjs";
import { timeRunning } from "../bench/running.mjs";
import { build } from "./build.mjs";
import { readArguments } from "./lib/arguments.mjs";
import { main, step } from "./lib/log.mjs";
import { Parts } from "./lib/parts.mjs";
import { inRoot, root } from "./lib/paths.mjs";
import { capture, modernNode, run } from "./lib/run.mjs";
import { beginSetup, ensurePackagesOf } from "./setup.mjs";

const text = { type: "string" };

await main(async () => {
  const options = { against: text, baseline: { ...text, multiple: true, default: [] }, url: text, pairs: text, only: text };
  const { against, baseline, url, ...others } = readArguments(options).values;
  if (url !== undefined) return await timeRunning(url);
  const passed = Object.entries(others).flatMap(([name, value]) => [`--${name}`, value]);
  const parts = new Parts();
  await build(await beginSetup(parts), { parts });
  if (against === undefined) return await besideBaselines(baseline, passed);
  const before = await buildOf(against);
  step(`${against} before, this tree (${capture("git", ["describe", "--always", "--dirty"])}) after`);
  await run(modernNode(), [inRoot("bench/compare.ts"), before, root, ...passed], { what: "The comparison" });
});

async function besideBaselines(more, passed) {
  for (const folder of withPackages) await ensurePackagesOf(folder);
  for (const name of Object.keys(baselines)) await buildBaseline(name);
  const named = [...Object.entries(baselines), ...more.map((directory) => [basename(resolve(directory)), resolve(directory)])];
  const sides = named.map(([name, directory]) => `${name}=${directory}`);
  await run(modernNode(), [inRoot("bench/baselines.ts"), root, ...sides, ...passed], { what: "The comparison" });
}
