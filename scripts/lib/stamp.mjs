// "Already done" marks: the hash of everything a step depends on, kept in .cache/stamps.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { cache, root } from "./paths.mjs";

const skipped = new Set(["node_modules", "target", ".git", "dist", "test-results"]);

/** A hash over files, directories (recursively) and plain texts. */
export function fingerprint(paths, texts = []) {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`text\0${text}\0`);
  for (const path of paths) addPath(hash, path);
  return hash.digest("hex");
}

export const isStamped = (name, print) => {
  const file = stampFile(name);
  return existsSync(file) && readFileSync(file, "utf8") === print;
};

export function stamp(name, print) {
  mkdirSync(join(cache, "stamps"), { recursive: true });
  writeFileSync(stampFile(name), print);
}

export const unstamp = (name) => rmSync(stampFile(name), { force: true });

const stampFile = (name) => join(cache, "stamps", name);

function addPath(hash, path) {
  if (!existsSync(path)) return void hash.update(`none\0${relative(root, path)}\0`);
  if (statSync(path).isFile()) {
    hash.update(`file\0${relative(root, path)}\0`);
    hash.update(readFileSync(path));
    return;
  }
  for (const entry of readdirSync(path).sort()) {
    if (!skipped.has(entry)) addPath(hash, join(path, entry));
  }
}
