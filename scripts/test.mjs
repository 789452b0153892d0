// `npm test`: sets up what it needs and runs every check; goes on after a failure and fails at the end.
// `npm test -- NAME…` runs only the steps whose name contains one of the words (after the setup).
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "./build.mjs";
import { Problem, main, printProblem, say, seconds, step } from "./lib/log.mjs";
import { inRoot, root } from "./lib/paths.mjs";
import { capture, modernNode, npmEnv, run, which } from "./lib/run.mjs";
import { setup } from "./setup.mjs";
import { checkSize } from "./size.mjs";

await main(async () => {
  const results = [];
  let ready;
  const begin = Date.now();
  await measure(results, "setup", async () => {
    ready = await setup({ browser: true, tests: true });
  });
  if (ready) for (const [name, body] of chosen(steps(ready))) await measure(results, name, body);
  return summary(results, begin);
});

function steps(ready) {
  const npm = (directory, ...args) => run("npm", ["run", "--silent", ...args], { cwd: inRoot(directory), env: npmEnv() });
  const all = [
    ["cargo fmt", () => run("cargo", ["fmt", "--all", "--check"], { remedy: "Run: cargo fmt --all" })],
    ["cargo clippy", () => run("cargo", ["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"])],
    ["native tests", nativeTests],
    ["client types", () => npm("assets", "typecheck")],
    ["client tests", () => npm("assets", "test")],
    ["test types", () => run(modernNode(), [inRoot("node_modules/typescript/bin/tsc"), "-p", "tests"])],
    ["build", () => build(ready)],
    ["size", checkSize],
  ];
  if (existsSync(inRoot("tests/wire-schema/check.mjs"))) all.push(["wire schema", () => run(modernNode(), ["check.mjs"], { cwd: inRoot("tests/wire-schema") })]);
  if (existsSync(inRoot("tests/contract/run.mjs"))) all.push(["contract tests", () => run(modernNode(), ["run.mjs"], { cwd: inRoot("tests/contract") })]);
  return [...all, ...nodeTests(ready)];
}

/** nextest where it is installed: it runs tests side by side and shows which hang. */
async function nativeTests() {
  if (capture("cargo", ["nextest", "--version"])) {
    await run("cargo", ["nextest", "run", "--workspace", "--no-fail-fast", "--no-tests=pass", "--status-level=fail", "--show-progress=none"]);
    await run("cargo", ["test", "--workspace", "--doc", "--quiet"]);
  } else {
    await run("cargo", ["test", "--workspace", "--no-fail-fast", "--quiet"]);
  }
}

/** One step a test file: each starts its own offline world and Worker, so they run one after the other. */
function nodeTests({ chromium }) {
  return testFiles(inRoot("tests")).map((file) => {
    const name = file.slice(root.length + 1);
    const env = npmEnv({ DEPUTY_CHROMIUM: chromium });
    return [name, () => run(modernNode(), ["--test", "--test-reporter=spec", "--test-timeout=180000", file], { env, what: name })];
  });
}

function testFiles(directory) {
  const entries = readdirSync(directory, { withFileTypes: true }).filter(({ name }) => name !== "node_modules");
  return entries
    .flatMap((entry) => {
      const path = join(directory, entry.name);
      return entry.isDirectory() ? testFiles(path) : path.endsWith(".test.ts") ? [path] : [];
    })
    .sort();
}

function chosen(all) {
  const words = process.argv.slice(2);
  if (words.length === 0) return all;
  const some = all.filter(([name]) => words.some((word) => name.includes(word)));
  if (some.length === 0) throw new Problem(`No step is called ${words.join(" or ")}`, `Steps: ${all.map(([name]) => name).join(", ")}`);
  return some;
}

async function measure(results, name, body) {
  const start = Date.now();
  say(`\n── ${name} ${"─".repeat(Math.max(0, 70 - name.length))}`);
  try {
    await body();
    results.push({ name, time: seconds(start), passed: true });
  } catch (error) {
    printProblem(error);
    results.push({ name, time: seconds(start), passed: false });
  }
}

function summary(results, begin) {
  const width = Math.max(...results.map(({ name }) => name.length));
  say(`\n${"step".padEnd(width)}   time      result`);
  for (const { name, time, passed } of results) say(`${name.padEnd(width)}   ${time.padStart(7)}   ${passed ? "passed" : "FAILED"}`);
  step(`all in ${seconds(begin)}, with ${which("cargo-nextest") ? "cargo nextest" : "cargo test"}`);
  const failed = results.filter(({ passed }) => !passed).length;
  say(`${results.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}
