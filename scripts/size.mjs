// `npm run size`: what the built Worker weighs. The limit is a gate for accidents (a second copy of a library, a data file compiled
// in), not a goal: docs/adr/0013-what-the-build-is-made-for.md.
import { existsSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { Problem, isMain, main, say } from "./lib/log.mjs";
import { workerScript, workerWasm } from "./lib/paths.mjs";

/** Bytes of wasm and JavaScript together, as they are parsed at a cold start. */
const limit = 12_000_000;

/** Bytes of wasm alone, and of wasm and JavaScript together, raw and gzip. */
export function sizes() {
  const parts = [workerWasm, workerScript].map((path) => readFileSync(path));
  const sum = (size) => parts.reduce((total, part) => total + size(part), 0);
  return { wasmRaw: parts[0].length, raw: sum((part) => part.length), gzip: sum((part) => gzipSync(part, { level: 9 }).length) };
}

export const sizesInWords = ({ raw, gzip, wasmRaw }) =>
  `Worker: ${kilobytes(raw)} raw (wasm ${kilobytes(wasmRaw)}), ${kilobytes(gzip)} gzip; limit ${kilobytes(limit)} raw`;

/** Throws a Problem when the built Worker is missing or above the limit. */
export function checkSize() {
  if (!existsSync(workerWasm)) throw new Problem("The Worker is not built", "Run: npm run build");
  const measured = sizes();
  say(sizesInWords(measured));
  if (measured.raw > limit)
    throw new Problem("The Worker is too large", "Look for a new dependency or feature: cargo tree -e features --target wasm32-unknown-unknown");
}

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(0)} KB`;

if (isMain(import.meta)) await main(checkSize);
