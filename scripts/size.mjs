// The Worker's size and its limits (raw because it is parsed at every cold start, gzip because it is uploaded).
// `--functions` lists the largest functions too.
import { existsSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { Problem, isMain, main, say } from "./lib/log.mjs";
import { workerNames, workerScript, workerWasm } from "./lib/paths.mjs";
import { functionSizes } from "./lib/wasm.mjs";

// What was done to keep them: docs/adr/0009-size.md.
const limits = { raw: 1_500_000, gzip: 500_000 };

/** Bytes of wasm and JavaScript together, raw and gzip. */
export function sizes() {
  const parts = [workerWasm, workerScript].map((path) => readFileSync(path));
  const sum = (size) => parts.reduce((total, part) => total + size(part), 0);
  return { wasmRaw: parts[0].length, raw: sum((part) => part.length), gzip: sum((part) => gzipSync(part, { level: 9 }).length) };
}

export const sizesInWords = ({ raw, gzip, wasmRaw }) =>
  `Worker: ${kilobytes(raw)} raw (wasm ${kilobytes(wasmRaw)}), ${kilobytes(gzip)} gzip; limits ${kilobytes(limits.raw)} and ${kilobytes(limits.gzip)}`;

/** Throws a Problem when the built Worker is missing or above a limit. */
export function checkSize() {
  if (!existsSync(workerWasm)) throw new Problem("The Worker is not built", "Run: npm run build");
  const measured = sizes();
  say(sizesInWords(measured));
  const over = Object.keys(limits).filter((name) => measured[name] > limits[name]);
  if (over.length > 0)
    throw new Problem(
      `The Worker is too large (${over.join(" and ")})`,
      "Look for a new dependency or feature: cargo tree -e features --target wasm32-unknown-unknown",
    );
}

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(0)} KB`;

/** The largest functions with their names, largest first. */
function sayFunctions() {
  const names = readFileSync(workerNames, "utf8").split("\n");
  const sized = functionSizes(readFileSync(workerWasm)).map((bytes, index) => ({ bytes, name: names[index] }));
  for (const { bytes, name } of sized.sort((a, b) => b.bytes - a.bytes).slice(0, 60)) say(`${String(bytes).padStart(7)}  ${name}`);
}

if (isMain(import.meta)) {
  await main(() => {
    if (process.argv.includes("--functions")) sayFunctions();
    checkSize();
  });
}
