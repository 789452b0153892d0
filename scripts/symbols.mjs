// Puts function names into a stack trace of the Worker: node scripts/symbols.mjs < trace
// The names belong to the build that is in build/ now.
import { existsSync, readFileSync } from "node:fs";
import { Problem, isMain, main, say } from "./lib/log.mjs";
import { workerNames } from "./lib/paths.mjs";

/** `wasm-function[17]` with the name of function 17 behind it. */
export const withNames = (trace, names) =>
  trace.replace(/wasm-function\[(\d+)\]/g, (whole, index) => (names[index] ? `${whole} ${names[index]}` : whole));

if (isMain(import.meta)) {
  await main(() => {
    if (!existsSync(workerNames)) throw new Problem("No names of the Worker's functions", "Run: npm run build -- --worker --force");
    say(withNames(readFileSync(0, "utf8"), readFileSync(workerNames, "utf8").split("\n")));
  });
}
