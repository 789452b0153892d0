// How often an object has written durably: each commit of its database is one wait for the disk, and what is shown waits behind it.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * The commits so far, by class of object. SQLite keeps them in the write-ahead log until that has a thousand pages: so many is the end
 * of what can be counted (https://www.sqlite.org/fileformat.html, 4.1).
 */
export function commits(persistDir: string): Record<string, number> {
  const objects = join(persistDir, "do");
  const logs = readdirSync(objects, { recursive: true, encoding: "utf8" }).filter((name) => /^deputy-\w+\/[0-9a-f]+\.sqlite-wal$/.test(name));
  const counts: Record<string, number> = {};
  for (const name of logs) {
    const [, kind = ""] = /^deputy-(\w+)\//.exec(name) ?? [];
    counts[kind] = (counts[kind] ?? 0) + commitsIn(readFileSync(join(objects, name)));
  }
  return counts;
}

/** The frames of a log that end a commit: only those know how large the database is then. */
function commitsIn(log: Buffer): number {
  const header = 32;
  const frameHeader = 24;
  if (log.length < header) return 0;
  const pageSize = log.readUInt32BE(8);
  const salt = log.subarray(16, 24);
  let count = 0;
  for (let at = header; at + frameHeader + pageSize <= log.length; at += frameHeader + pageSize) {
    // What an earlier round of the log has left.
    if (!log.subarray(at + 8, at + 16).equals(salt)) break;
    if (log.readUInt32BE(at + 4) !== 0) count += 1;
  }
  return count;
}
