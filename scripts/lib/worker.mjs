// The steps from the Worker's sources to build/: cargo, wasm-bindgen, wasm-opt, the entry module, esbuild.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { step } from "./log.mjs";
import { inRoot, npmBin, workerTarget } from "./paths.mjs";
import { run } from "./run.mjs";
import { workerBuildEnv } from "./toolchain.mjs";

const target = "wasm32-unknown-unknown";

/**
 * What a runtime may meet in the module: what rustc emits, and exceptions. Named one by one, because a newer wasm-opt knows encodings
 * that workerd does not read.
 */
const features = [
  "mutable-globals",
  "sign-ext",
  "nontrapping-float-to-int",
  "bulk-memory",
  "multivalue",
  "reference-types",
  "exception-handling",
].map((name) => `--enable-${name}`);

/** What Cloudflare may call a Worker with, besides its objects. */
const events = ["fetch", "scheduled", "queue", "email", "connect"];

/**
 * Compiles a package that is a Worker in a profile of Cargo.toml and, because a panic must unwind, the standard library with it: without the part that
 * prints backtraces, which has nothing to read on this target.
 */
export async function compileWorker(toolchain, profile, name) {
  const { cargo, version, commit } = toolchain.compiler;
  step(`${name}: cargo build --profile ${profile} with rustc ${version} ${commit.slice(0, 9)} (the first time the standard library too)`);
  const std = ["-Zbuild-std=std,panic_unwind", "-Zbuild-std-features=panic-unwind"];
  const args = ["build", "--lib", "--package", name, "--profile", profile, "--target", target, ...std];
  await run(cargo, args, { env: workerBuildEnv(toolchain), what: `cargo build of ${name}` });
}

/** Makes index.js and index_bg.wasm in the folder `build` of what was compiled; they are replaced when all went well. */
export async function bundleWorker(wasmBindgen, profile, name, build) {
  mkdirSync(build, { recursive: true });
  const directory = mkdtempSync(join(build, ".worker-"));
  try {
    const glue = ["--experimental-reset-state-function", "--force-enable-abort-handler", "--no-typescript"];
    const names = ["--target", "module", "--out-name", "index", "--out-dir", directory];
    const compiled = join(workerTarget, target, profile, `${name.replaceAll("-", "_")}.wasm`);
    await run(wasmBindgen, [compiled, ...names, ...glue], { what: "wasm-bindgen" });
    if (profile === "release") await optimise(join(directory, "index_bg.wasm"));
    const module = readFileSync(join(directory, "index.js"), "utf8");
    writeFileSync(join(directory, "entry.js"), entryModule(module));
    copyFileSync(inRoot("scripts/worker/renewed.js"), join(directory, "renewed.js"));
    const bundle = ["entry.js", "--bundle", "--minify", "--format=esm", "--outfile=bundle.js"];
    const external = ["--external:./index_bg.wasm", "--external:cloudflare:*", "--log-level=warning"];
    await run(join(npmBin, "esbuild"), [...bundle, ...external], { cwd: directory, what: "esbuild" });
    renameSync(join(directory, "index_bg.wasm"), join(build, "index_bg.wasm"));
    // wrangler and workerd import the module of a .wasm file as it is; `import source` is not in their bundlers.
    const script = readFileSync(join(directory, "bundle.js"), "utf8").replaceAll("import source ", "import ");
    writeFileSync(join(build, "index.js"), script);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The Worker's entry module for what wasm-bindgen's module exports, one declaration a line. Why not worker-build's: docs/adr/0019. */
export function entryModule(module) {
  const exported = (pattern) => [...module.matchAll(pattern)].map(([, name]) => name);
  const functions = exported(/^export (?:async )?function (\w+)/gm).filter((name) => events.includes(name));
  const classes = exported(/^export class (\w+)/gm);
  return [
    'import { WorkerEntrypoint } from "cloudflare:workers";',
    'import * as worker from "./index.js";',
    'import { renewed } from "./renewed.js";',
    "Error.stackTraceLimit = 100;",
    "const state = worker.__worker_init_state();",
    "export default class extends WorkerEntrypoint {",
    ...functions.map((name) => `  ${name}(event) { return worker.${name}(event, this.env, this.ctx); }`),
    "}",
    ...classes.map((name) => `export const ${name} = renewed(worker.${name}, state);`),
  ].join("\n");
}

async function optimise(file) {
  const args = [file, "-O", ...features, "--debuginfo", "-o", `${file}.optimised`];
  await run(join(npmBin, "wasm-opt"), args, { what: "wasm-opt" });
  renameSync(`${file}.optimised`, file);
}
