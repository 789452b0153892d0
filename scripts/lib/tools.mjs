// Programs the build needs besides the compiler: npm packages, wasm-bindgen, Chromium.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { aptInstall } from "./apt.mjs";
import { Problem, done, seconds, step } from "./log.mjs";
import { cargoTools, inRoot } from "./paths.mjs";
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
 * The wasm-bindgen program of the version that Cargo.lock asks for: one on PATH, else built once, hardly optimised, because it runs for seconds. Of
 * wasm-bindgen-cli only the library is built (scripts/wasm-bindgen), a third of its crates.
 */
export async function ensureWasmBindgen() {
  if (findWasmBindgen()) return findWasmBindgen();
  const start = Date.now();
  step("cargo install of wasm-bindgen's library into .cache/cargo-tools (a minute or two, once)");
  const target = join(cargoTools, "target");
  const args = ["install", "--path", inRoot("scripts/wasm-bindgen"), "--locked", "--root", cargoTools];
  const env = { ...process.env, CARGO_TARGET_DIR: target };
  await run("cargo", args, { env, yields: true, what: "cargo install wasm-bindgen", remedy: "Check that crates.io can be reached; then try again" });
  const installed = findWasmBindgen();
  if (!installed) throw new Problem("wasm-bindgen is not of the version that Cargo.lock asks for", "Change it in scripts/wasm-bindgen/Cargo.toml");
  rmSync(target, { recursive: true, force: true });
  done(`wasm-bindgen, ${seconds(start)}`);
  return installed;
}

/** Path of the wasm-bindgen program; undefined when there is none of that version. */
export function findWasmBindgen() {
  const path = [join(cargoTools, "bin"), process.env.PATH].join(delimiter);
  const version = lockedVersion("wasm-bindgen");
  return whichAll("wasm-bindgen", path).find((file) => (capture(file, ["--version"]) ?? "").split(" ").at(-1) === version);
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

function lockedVersion(crate) {
  const lock = readFileSync(inRoot("Cargo.lock"), "utf8");
  const version = new RegExp(`name = "${crate}"\\nversion = "([^"]+)"`).exec(lock)?.[1];
  if (!version) throw new Problem(`Cargo.lock names no version of ${crate}`, "Restore it from Git");
  return version;
}
