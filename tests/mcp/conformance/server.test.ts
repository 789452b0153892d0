// The official conformance runner against the fixture (tests/mcp/fixture), in workerd: the crates that the product's server is made of.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { freePort, startWorker, type WorkerProcess } from "../../harness/index.ts";
import { inRoot } from "../../harness/paths.ts";

const runner = join(import.meta.dirname, "node_modules/@modelcontextprotocol/conformance/dist/index.js");
const directory = mkdtempSync(join(tmpdir(), "deputy-mcp-conformance-"));
let worker: WorkerProcess;
before(async () => {
  const port = await freePort();
  worker = await startWorker({ directory: inRoot("tests/mcp/fixture"), port, vars: { HOST: `localhost:${port}` } });
});
after(async () => {
  await worker?.stop();
  rmSync(directory, { recursive: true, force: true });
});

interface Check {
  id: string;
  status: string;
  errorMessage?: string;
}

/** Runs every scenario of a revision; gives the exit code, which counts the scored ones, what was printed, and the checks by scenario. */
async function run(revision: string): Promise<{ code: number | null; output: string; checks: Map<string, Check[]> }> {
  const results = join(directory, revision);
  const baseline = join(import.meta.dirname, "expected-failures.yml");
  const args = ["server", "--url", `${worker.url}/mcp`, "--requirements", revision, "--expected-failures", baseline, "-o", results];
  const child = spawn(process.execPath, [runner, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  const files = readdirSync(results, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith("checks.json"));
  const checks = files.map((path): [string, Check[]] => [path, JSON.parse(readFileSync(join(results, path), "utf8")) as Check[]]);
  return { code, output, checks: new Map(checks) };
}

for (const [revision, scored] of [
  ["2025-11-25", 30],
  ["2026-07-28", 37],
] as const) {
  test(`MC: every scored scenario of ${revision} passes, none is expected to fail`, { timeout: 200_000 }, async (context) => {
    const { code, output, checks } = await run(revision);
    const failed = [...checks].flatMap(([path, all]) =>
      all.filter(({ status }) => status === "FAILURE").map(({ id, errorMessage }) => `${path} ${id}: ${errorMessage ?? ""}`),
    );
    for (const line of failed) context.diagnostic(line);
    assert.equal(code, 0, output);
    assert.ok(checks.size >= scored, `only ${checks.size} scenarios were run`);
  });
}
