// Installs what the project needs and is not there yet; says what it does, repeats nothing.
import { existsSync } from "node:fs";
import { withPackages } from "../bench/baseline/build.mjs";
import { flag, readArguments } from "./lib/arguments.mjs";
import { Problem, done, isMain, main } from "./lib/log.mjs";
import { fgaCommand } from "./fga/command.mjs";
import { fgaSdk } from "./fga/sdk.mjs";
import { mcpPython } from "./mcp/python.mjs";
import { Parts } from "./lib/parts.mjs";
import { inRoot, root } from "./lib/paths.mjs";
import { capture, isSupportedNode, modernNode, which } from "./lib/run.mjs";
import { basePython } from "./lib/python.mjs";
import { ensureChromium, ensureNpm, ensureWasmBindgen } from "./lib/tools.mjs";
import { ensureToolchain } from "./lib/toolchain.mjs";

/** Folders with packages of their own that tests need. */
const testPackages = [
  "tests/wire-schema",
  "tests/official-client",
  "tests/official-client-g0",
  "tests/official-client-g1",
  "tests/contract",
  "tests/emulate",
  "tests/management-sdk",
  "tests/mcp-clients",
  "tests/mcp-clients/inspector",
  "tests/npm-servers",
  "tests/agents-sdk",
  "tests/mcp/conformance",
  ...withPackages,
  "examples/spa",
];

/**
 * Begins to install everything the build needs; with `browser` also Chromium, with `tests` the tests' own packages. What may ask is
 * done when this returns; `packages`, `clientPackages`, `testPackages`, `pythonPackages` and `wasmBindgen` are parts that may still run.
 */
export async function beginSetup(parts, { browser = false, tests = false } = {}) {
  ensureNode();
  const toolchain = await parts.run("compiler", ensureToolchain, { shown: true });
  const chromium = browser ? await parts.run("browser for the tests", ensureChromium, { shown: true }) : undefined;
  if (chromium) done(`browser for the tests: ${chromium}`);
  if (tests) await parts.run("Python for the tests", () => basePython([3, 11]), { shown: true });
  return {
    toolchain,
    chromium,
    packages: parts.run("npm packages", () => ensureNpm(root, "root").then(checkModernNode)),
    clientPackages: parts.run("npm packages of the client", () => ensureNpm(inRoot("assets"), "assets")),
    testPackages: parts.run("npm packages of the tests", () => (tests ? ensureTestPackages() : undefined)),
    pythonPackages: parts.run("Python packages of the tests", () => (tests ? ensurePythonPackages() : undefined)),
    wasmBindgen: parts.run("wasm-bindgen", ensureWasmBindgen),
  };
}

/** The same to its end. */
export async function setup(options) {
  const parts = new Parts();
  const begun = await beginSetup(parts, options);
  await Promise.all([begun.packages, begun.clientPackages, begun.testPackages, begun.pythonPackages, begun.wasmBindgen]);
  parts.sayTimes();
  return begun;
}

/** The npm packages of one of the folders that have their own. */
export async function ensurePackagesOf(folder) {
  await ensureNpm(inRoot(folder), folder.replace(/^tests\//, "").replaceAll("/", "-"));
}

async function ensureTestPackages() {
  for (const folder of testPackages) if (existsSync(inRoot(folder, "package-lock.json"))) await ensurePackagesOf(folder);
}

async function ensurePythonPackages() {
  await fgaCommand();
  await fgaSdk();
  await mcpPython();
}

function ensureNode() {
  if (!isSupportedNode()) throw new Problem(`Node ${process.versions.node} is too old`, "Install Node 20.12 or later");
  if (!which("npm")) throw new Problem("npm is not on PATH", "Install npm (it comes with Node)");
}

/** wrangler wants a newer Node than the project asks for: it comes as the npm package `node`. */
function checkModernNode() {
  const node = modernNode();
  if (!capture(node, ["--version"]))
    throw new Problem("The Node of the npm package `node` does not run", "Remove node_modules and try again, or install Node 22.18 or later");
}

if (isMain(import.meta)) {
  await main(async () => {
    await setup(readArguments({ browser: flag, tests: flag }).values);
    done("Everything is set up");
  });
}
