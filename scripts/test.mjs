// `npm test`: sets up what it needs and runs every check; goes on after a failure and fails at the end.
// `npm test -- NAME…` runs only the steps whose name contains one of the words (after the setup).
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { readArguments } from "./lib/arguments.mjs";
import { Problem, main, printProblem, say, seconds, step } from "./lib/log.mjs";
import { inRoot, npmBin, root } from "./lib/paths.mjs";
import { Pool } from "./lib/pool.mjs";
import { stopOnSignal } from "./lib/processes.mjs";
import { capture, modernNode, npmEnv, which } from "./lib/run.mjs";
import { setup } from "./setup.mjs";

/** Test files that nothing may run beside, and why. */
const alone = {
  "tests/scripts/start.test.ts": "npm start builds what is not up to date, into the folders that the others use",
};

/** Milliseconds after which a file has hung: Node's limit is that of each test and of the file. */
const fileLimit = 300_000;

await main(async () => {
  const begin = Date.now();
  const [ready, result] = await prepare();
  const results = [result];
  if (ready) {
    const pool = new Pool();
    stopOnSignal(() => pool.stop());
    for (const { steps, width } of chosen(stages(ready))) results.push(...(await pool.run(steps, width)));
  }
  return summary(results, begin);
});

async function prepare() {
  const start = Date.now();
  const result = (passed) => ({ name: "setup", time: seconds(start), passed });
  try {
    return [await setup({ browser: true, tests: true }), result(true)];
  } catch (error) {
    printProblem(error);
    return [undefined, result(false)];
  }
}

/** What runs one after the other: each with its steps and how many of them run at a time. */
function stages({ chromium }) {
  const env = npmEnv({ DEPUTY_CHROMIUM: chromium });
  const files = inTurn(testFiles(inRoot("tests"))).map((file) => {
    const name = file.slice(root.length + 1);
    return { name, commands: [[modernNode(), ["--test", "--test-reporter=spec", `--test-timeout=${fileLimit}`, file], { env }]] };
  });
  return [
    // Cargo takes every core where it can; beside it goes what cannot, such as the Worker's link-time optimisation.
    { steps: checks(), width: 2 },
    // These wait more than they compute.
    {
      steps: [{ name: "size", commands: [script("size.mjs")] }, ...files.filter(({ name }) => !(name in alone))],
      width: Math.min(availableParallelism() + 1, 6),
    },
    { steps: files.filter(({ name }) => name in alone), width: 1 },
  ];
}

function checks() {
  const npm = (directory, name) => ["npm", ["run", "--silent", name], { cwd: inRoot(directory), env: npmEnv() }];
  const node = (directory, ...args) => [modernNode(), args, { cwd: inRoot(directory) }];
  const all = {
    build: [script("build.mjs", "--as-tests")],
    "cargo fmt": [["cargo", ["fmt", "--all", "--check"], { remedy: "Run: cargo fmt --all" }]],
    "cargo clippy": [["cargo", ["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"]]],
    oxlint: [[join(npmBin, "oxlint"), ["assets", "bench", "examples", "tests", "scripts"], { remedy: "Run: npm run fix" }]],
    oxfmt: [[join(npmBin, "oxfmt"), ["--check"], { remedy: "Run: npm run fix" }]],
    "native tests, trials": nativeTests(),
    "client types": [npm("assets", "typecheck")],
    "client tests": [npm("assets", "test")],
    "types of the example spa": [npm("examples/spa", "typecheck")],
    "test types": [node("", "node_modules/typescript/bin/tsc", "-p", "tests")],
    "wire schema": [node("tests/wire-schema", "check.mjs")],
    "contract tests": [node("tests/contract", "run.mjs")],
    "fga differential": [script("fga-differential.mjs")],
    fuzz: [script("fuzz.mjs", "--seconds", "60")],
    "FGA: @openfga/sdk": [node("tests/contract", "fga.mjs", "sdk")],
    "FGA: Python's openfga-sdk": [node("tests/contract", "fga.mjs", "python")],
    "FGA: the command line fga": [node("tests/contract", "fga.mjs", "cli")],
    // Last, because it waits for the Worker: they share compiled crates.
    "Workers of tests and examples": [script("build.mjs", "--mcp-fixture", "--protected-api")],
  };
  return Object.entries(all).map(([name, commands]) => ({ name, commands }));
}

/** nextest where it is installed: it runs tests side by side and shows which hang. */
function nativeTests() {
  if (!capture("cargo", ["nextest", "--version"])) return [["cargo", ["test", "--workspace", "--no-fail-fast", "--quiet"]]];
  return [
    ["cargo", ["nextest", "run", "--workspace", "--no-fail-fast", "--no-tests=pass", "--status-level=fail", "--show-progress=none"]],
    ["cargo", ["test", "--workspace", "--doc", "--quiet"]],
  ];
}

function script(name, ...args) {
  return [process.execPath, [inRoot("scripts", name), ...args]];
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

/** One file of each directory, then the next of each: what browsers compute is spread over the whole run. */
function inTurn(files) {
  const counts = new Map();
  const ranked = files.map((file) => {
    const rank = counts.get(dirname(file)) ?? 0;
    counts.set(dirname(file), rank + 1);
    return { rank, file };
  });
  return ranked.sort((a, b) => a.rank - b.rank).map(({ file }) => file);
}

/** The stages with only those steps that the command line names; with all where it names none. */
function chosen(all) {
  const words = readArguments().positionals;
  if (words.length === 0) return all;
  const some = all.map(({ steps, width }) => ({ steps: steps.filter(({ name }) => words.some((word) => name.includes(word))), width }));
  const names = all.flatMap(({ steps }) => steps.map(({ name }) => name));
  if (some.every(({ steps }) => steps.length === 0)) throw new Problem(`No step is called ${words.join(" or ")}`, `Steps: ${names.join(", ")}`);
  return some;
}

function summary(results, begin) {
  const width = Math.max(...results.map(({ name }) => name.length));
  say(`\n${"step".padEnd(width)}   time      result`);
  const isFile = ({ name }) => Number(name.startsWith("tests/"));
  const table = results.toSorted((a, b) => isFile(a) - isFile(b) || (isFile(a) && a.name.localeCompare(b.name)));
  for (const { name, time, passed } of table) say(`${name.padEnd(width)}   ${time.padStart(7)}   ${passed ? "passed" : "FAILED"}`);
  step(`all in ${seconds(begin)}, with ${which("cargo-nextest") ? "cargo nextest" : "cargo test"}`);
  const failed = results.filter(({ passed }) => !passed).length;
  say(`${results.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}
