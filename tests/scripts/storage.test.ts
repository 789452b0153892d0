// docs/storage.md is complete: every table of the schemas, every kind of key in KV and every cookie stands in it, and no other.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { inRoot } from "../harness/paths.ts";

const page = readFileSync(inRoot("docs/storage.md"), "utf8");

/** The Rust files below a directory, without their tests. */
function sources(directory: string): string {
  const names = readdirSync(inRoot(directory), { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".rs") && !/(^|\/)tests?\b/.test(name),
  );
  assert.ok(names.length > 0, directory);
  return names.map((name) => readFileSync(inRoot(directory, name), "utf8").split("#[cfg(test)]")[0] ?? "").join("\n");
}

/** What the first column of a section's tables names. */
function listed(heading: string): string[] {
  const section = page.split(/^## /m).find((one) => one.startsWith(heading)) ?? "";
  const names = [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name ?? "");
  assert.ok(names.length > 0, heading);
  return names.sort();
}

const tables = (source: string): string[] =>
  [...new Set([...source.matchAll(/CREATE (?:VIRTUAL )?TABLE (?:IF NOT EXISTS )?(\w+)/g)].map(([, name]) => name ?? ""))].sort();

/** Tables that every object has. */
const shared = sources("src/objects");

test("every table of the account object is listed", () => {
  assert.deepEqual(listed("The account object"), tables(sources("src/account") + shared));
});

test("every table of the chat object is listed", () => {
  assert.deepEqual(listed("The chat object"), tables(sources("src/chat") + shared));
});

test("every table of the library object is listed", () => {
  assert.deepEqual(listed("The library object"), tables(sources("src/library") + sources("crates/documents/src") + shared));
});

test("every kind of key in KV is listed, with its prefix", () => {
  const prefixes = [...new Set([...sources("src").matchAll(/"([a-z]+:v\d+:)\{/g)].map(([, prefix]) => prefix ?? ""))].sort();
  assert.deepEqual(
    listed("Workers KV").map((key) => key.replace(/<hash>$/, "")),
    prefixes,
  );
  const puts = [...sources("src").matchAll(/\.put(?:_later)?\(/g)].length;
  assert.ok(puts >= prefixes.length, "what is put has one of these keys");
});

test("every cookie is listed", () => {
  const cookies = [...new Set([...sources("src/edge").matchAll(/"(?:__Host-)?(deputy[a-z-]*)"/g)].map(([, name]) => name ?? ""))];
  assert.ok(cookies.length > 0);
  const names = listed("In the browser").map((name) => name.replace("__Host-", "").replace(/<.*>$/, "").replace(/-$/, ""));
  for (const cookie of cookies) assert.ok(names.includes(cookie.replace(/-$/, "")), `${cookie} in ${names.join(", ")}`);
});
