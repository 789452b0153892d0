// `npm run soak`: 1,000 chats, 30,000 turns, 20,000 connects on a workerd of its own with the offline world, and what it holds in memory meanwhile.
// Ends with 1 when memory grows on and on. `--chats N`, `--turns N`, `--connects N`: how many; `--sockets N`: at a time (10).
import { build } from "./build.mjs";
import { readArguments } from "./lib/arguments.mjs";
import { main } from "./lib/log.mjs";
import { Parts } from "./lib/parts.mjs";
import { inRoot, root } from "./lib/paths.mjs";
import { modernNode, run } from "./lib/run.mjs";
import { beginSetup } from "./setup.mjs";

const text = { type: "string" };

await main(async () => {
  const numbers = readArguments({ chats: text, turns: text, connects: text, sockets: text }).values;
  const parts = new Parts();
  await build(await beginSetup(parts), { parts });
  const passed = Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, value]);
  await run(modernNode(), [inRoot("bench/soak.ts"), root, ...passed], { what: "The soak" });
});
