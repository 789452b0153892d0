// Our MCP client against the official conformance runner: every scored scenario of both requirement sets, nothing expected to fail.
// The client is crate mcp on a network of its own (`tests/mcp/client-driver`).
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { cargoBuild } from "../../scripts/lib/native.mjs";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const root = here("../..");
const runner = here("conformance/node_modules/@modelcontextprotocol/conformance/dist/index.js");

/** How many client scenarios a frozen set has; a runner that knows fewer proves less. */
const scored = { "2025-11-25": 18, "2026-07-28": 32 };

before(() => {
  execFileSync("cargo", cargoBuild("deputy-mcp-client-driver"), { cwd: root, stdio: "inherit" });
});

for (const [revision, count] of Object.entries(scored)) {
  test(`MCP client, ${revision}: all ${count} scored scenarios of the official runner pass`, { timeout: 280_000 }, async (t) => {
    const listed = await run(["list", "--requirements", revision]);
    const required = names(listed.output.split("Client scenarios")[1] ?? "", /^ {2}- (\S+)$/gm);
    assert.equal(required.length, count, listed.output);

    const driver = here("../../target/debug/deputy-mcp-client-driver");
    const baseline = here("client-expected-failures.yml");
    const result = await run(["client", "--command", driver, "--requirements", revision, "--expected-failures", baseline]);
    const summary = result.output.split("SUITE SUMMARY")[1] ?? "";
    const passed = new Set(names(summary, /^✓ (\S+):/gm));
    assert.deepEqual(
      required.filter((name) => !passed.has(name)),
      [],
      result.output,
    );
    assert.equal(result.code, 0, result.output);

    const others = names(summary, /^[✓✗] (\S+):/gm).filter((name) => !required.includes(name));
    t.diagnostic(`not scored: ${others.map((name) => `${name} ${passed.has(name) ? "passes" : "fails"}`).join(", ")}`);
  });
}

function names(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => match[1] ?? "");
}

function run(args: string[]): Promise<{ code: number; output: string }> {
  const options = { cwd: root, maxBuffer: 64 << 20, env: { ...process.env, NO_COLOR: "1" } };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [runner, ...args], options, (error, stdout, stderr) => {
      if (error && typeof error.code !== "number") reject(error);
      else resolve({ code: Number(error?.code ?? 0), output: stdout + stderr });
    });
  });
}
