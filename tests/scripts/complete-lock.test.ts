import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { completeLock } from "../../scripts/complete-lock.mjs";
import { inRoot } from "../harness/paths.ts";

test("an entry the registry left out is added for its platform", () => {
  const lock = {
    packages: {
      "": {},
      "node_modules/tool": {
        version: "1.0.0",
        dev: true,
        optionalDependencies: { "@tool/linux-x64": "1.0.0", "@tool/darwin-arm64": "1.0.0", other: "^2.0.0" },
      },
      "node_modules/@tool/linux-x64": { version: "1.0.0" },
    } as Record<string, unknown>,
  };
  assert.deepEqual(completeLock(lock), ["node_modules/@tool/darwin-arm64"]);
  assert.deepEqual(lock.packages["node_modules/@tool/darwin-arm64"], { version: "1.0.0", cpu: ["arm64"], os: ["darwin"], dev: true, optional: true });
  assert.deepEqual(completeLock(lock), []);
});

test("our lock files are complete and name no registry", () => {
  for (const file of [
    "package-lock.json",
    "assets/package-lock.json",
    "tests/wire-schema/package-lock.json",
    "tests/official-client/package-lock.json",
    "tests/official-client-g0/package-lock.json",
    "tests/official-client-g1/package-lock.json",
    "tests/npm-servers/package-lock.json",
    "tests/agents-sdk/package-lock.json",
  ]) {
    const text = readFileSync(inRoot(file), "utf8");
    assert.deepEqual(completeLock(JSON.parse(text)), [], `${file}: node scripts/complete-lock.mjs`);
    assert.ok(!text.includes('"resolved": "http'), `${file} names a registry host`);
  }
});
