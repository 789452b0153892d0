// Installs what the project needs and is not there yet; says what it does, repeats nothing.
import { existsSync } from "node:fs";
import { Problem, done, isMain, main } from "./lib/log.mjs";
import { inRoot, root } from "./lib/paths.mjs";
import { capture, modernNode, which } from "./lib/run.mjs";
import { ensureChromium, ensureNpm, ensureWorkerTools } from "./lib/tools.mjs";
import { ensureToolchain } from "./lib/toolchain.mjs";

/** Everything the build needs; with `browser` also Chromium, with `tests` the tests' own packages. */
export async function setup({ browser = false, tests = false } = {}) {
  ensureNode();
  await ensureNpm(root, "root");
  checkModernNode();
  await ensureNpm(inRoot("assets"), "assets");
  for (const name of tests ? ["wire-schema", "official-client", "official-client-g0", "official-client-g1", "contract"] : []) {
    if (existsSync(inRoot("tests", name, "package-lock.json"))) await ensureNpm(inRoot("tests", name), name);
  }
  const toolchain = await ensureToolchain();
  const tools = await ensureWorkerTools();
  done(`worker-build, wasm-bindgen: ${tools.workerBuild}, ${tools.wasmBindgen}`);
  const chromium = browser ? await ensureChromium() : undefined;
  if (chromium) done(`browser for the tests: ${chromium}`);
  return { toolchain, tools, chromium };
}

function ensureNode() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < 20) throw new Problem(`Node ${process.versions.node} is too old`, "Install Node 20 or later");
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
    await setup({ browser: process.argv.includes("--browser"), tests: process.argv.includes("--tests") });
    done("Everything is set up");
  });
}
