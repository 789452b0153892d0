// `npm run bench -- --against REV`: this tree's Worker and that of another commit in turn, in a real workerd each: CPU and time of what
// users feel. Ends with 1 when something became slower. Without `--against`: times of a running Deputy (bench/running.mjs).
import { buildOf } from "../bench/revision.mjs";
import { timeRunning } from "../bench/running.mjs";
import { build } from "./build.mjs";
import { readArguments } from "./lib/arguments.mjs";
import { main, step } from "./lib/log.mjs";
import { Parts } from "./lib/parts.mjs";
import { inRoot, root } from "./lib/paths.mjs";
import { capture, modernNode, run } from "./lib/run.mjs";
import { beginSetup } from "./setup.mjs";

await main(async () => {
  const { against, ...options } = readArguments({ against: { type: "string" }, pairs: { type: "string" }, only: { type: "string" } }).values;
  if (against === undefined) return await timeRunning();
  const parts = new Parts();
  await build(await beginSetup(parts), { parts });
  const before = await buildOf(against);
  step(`${against} before, this tree (${capture("git", ["describe", "--always", "--dirty"])}) after`);
  const passed = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  await run(modernNode(), [inRoot("bench/compare.ts"), before, root, ...passed], { what: "The comparison" });
});
