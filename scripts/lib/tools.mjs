// Programs the build needs besides the compiler: npm packages, worker-build, wasm-bindgen, Chromium.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { aptInstall } from "./apt.mjs";
import { Problem, done, seconds, step } from "./log.mjs";
import { cargoTools, inRoot, npmBin } from "./paths.mjs";
import { capture, npmEnv, run, which, whichAll } from "./run.mjs";
import { fingerprint, isStamped, stamp } from "./stamp.mjs";

/** `npm ci` in a directory, unless its lock file is the one installed there already. */
export async function ensureNpm(directory, name) {
  const lock = join(directory, "package-lock.json");
  if (!existsSync(lock)) throw new Problem(`${name}: package-lock.json is missing`, "Restore it from Git");
  const print = fingerprint([lock]);
  if (existsSync(join(directory, "node_modules")) && isStamped(`npm-${name}`, print)) return;
  const start = Date.now();
  step(`npm ci (${name})`);
  const options = { cwd: directory, env: npmEnv(), what: `npm ci (${name})`, remedy: "Check that the npm registry can be reached; then try again" };
  await run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], options);
  stamp(`npm-${name}`, print);
  done(`npm packages (${name}), ${seconds(start)}`);
}

/**
 * Installs worker-build and wasm-bindgen when they are not there. They run for seconds in a build and are built once: in one folder, and
 * hardly optimised. Of wasm-bindgen-cli only the library is built (scripts/wasm-bindgen), a third of its crates.
 */
export async function ensureWorkerTools() {
  const missing = wanted().filter(({ program, version }) => !findTool(program, version));
  if (missing.length === 0) return;
  const target = join(cargoTools, "target");
  const env = { ...process.env, CARGO_TARGET_DIR: target, CARGO_PROFILE_RELEASE_OPT_LEVEL: "0", CARGO_PROFILE_RELEASE_DEBUG: "0" };
  for (const { program, version, source } of missing) {
    const start = Date.now();
    step(`cargo install ${program} ${version} into .cache/cargo-tools (a minute or two, once)`);
    const args = ["install", ...source, "--locked", "--bin", program, "--root", cargoTools];
    await run("cargo", args, { env, what: `cargo install ${program}`, remedy: "Check that crates.io can be reached; then try again" });
    if (!findTool(program, version))
      throw new Problem(`${program} is not ${version}, which Cargo.lock asks for`, "Change it in scripts/wasm-bindgen/Cargo.toml");
    done(`${program} ${version}, ${seconds(start)}`);
  }
  rmSync(target, { recursive: true, force: true });
}

/** Paths of worker-build, wasm-bindgen and their two helpers; programs that are missing are undefined. */
export function findWorkerTools() {
  const find = ({ program, version }) => findTool(program, version);
  const [workerBuild, wasmBindgen] = wanted().map(find);
  const present = (path) => (existsSync(path) ? path : undefined);
  return {
    workerBuild,
    wasmBindgen,
    esbuild: present(join(npmBin, "esbuild")),
    wasmOpt: present(join(npmBin, "wasm-opt")),
  };
}

/** A Chromium for the browser tests; from apt when there is none. */
export async function ensureChromium() {
  if (findChromium()) return findChromium();
  await aptInstall(["chromium"], "A browser for the tests");
  const installed = findChromium();
  if (!installed) throw new Problem("A browser for the tests: not found", "Install Chromium or Chrome, or set DEPUTY_CHROMIUM to its path");
  return installed;
}

export function findChromium() {
  if (process.env.DEPUTY_CHROMIUM) return process.env.DEPUTY_CHROMIUM;
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const mac = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
  return names.map((name) => which(name)).find(Boolean) ?? (existsSync(mac) ? mac : undefined);
}

/** worker-build goes with the `worker` crate, wasm-bindgen with its crate: Cargo.lock knows both. */
function wanted() {
  const workerBuild = lockedVersion("worker");
  return [
    { program: "worker-build", version: workerBuild, source: ["worker-build", "--version", workerBuild] },
    { program: "wasm-bindgen", version: lockedVersion("wasm-bindgen"), source: ["--path", inRoot("scripts/wasm-bindgen")] },
  ];
}

function lockedVersion(crate) {
  const lock = readFileSync(inRoot("Cargo.lock"), "utf8");
  const version = new RegExp(`name = "${crate}"\\nversion = "([^"]+)"`).exec(lock)?.[1];
  if (!version) throw new Problem(`Cargo.lock names no version of ${crate}`, "Restore it from Git");
  return version;
}

function findTool(program, version) {
  const path = [join(cargoTools, "bin"), process.env.PATH].join(delimiter);
  return whichAll(program, path).find((file) => (capture(file, ["--version"]) ?? "").split(" ").at(-1) === version);
}
