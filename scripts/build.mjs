// Builds the Worker, the browser client and the offline world; skips what is up to date.
// `--worker`, `--client`, `--offline` build only that; `--force` builds in any case.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { done, isMain, main, say, seconds, step } from "./lib/log.mjs";
import { clientDirectory, inRoot, offlineProgram, workerNames, workerScript, workerWasm } from "./lib/paths.mjs";
import { npmEnv, run } from "./lib/run.mjs";
import { fingerprint, isStamped, stamp, unstamp } from "./lib/stamp.mjs";
import { workerBuildEnv } from "./lib/toolchain.mjs";
import { splitNames, withoutDeadClasses } from "./lib/wasm.mjs";
import { setup } from "./setup.mjs";
import { sizes, sizesInWords } from "./size.mjs";

const manifests = ["Cargo.toml", "Cargo.lock"].map((name) => inRoot(name));
const workerInputs = [
  ...manifests,
  ...[
    "src",
    "crates/agent",
    "crates/auth0",
    "crates/fga",
    "crates/http",
    "crates/mcp",
    "crates/models",
    "crates/wire",
    "scripts/toolchain",
    "scripts/lib/toolchain.mjs",
    "scripts/lib/wasm.mjs",
  ].map((name) => inRoot(name)),
];
const offlineInputs = [...manifests, inRoot("crates/offline")];

/** Builds the named parts (all by default) with the tools `setup()` found. */
export async function build(ready, { only, force = false } = {}) {
  const parts = { worker: () => buildWorker(ready), client: buildClient, offline: buildOffline };
  const prints = {
    worker: () => fingerprint(workerInputs, [ready.toolchain.compiler.version, ready.toolchain.compiler.commit, ready.tools.workerBuild]),
    client: () => fingerprint([inRoot("assets"), inRoot("src/connections")]),
    offline: () => fingerprint(offlineInputs),
  };
  const outputs = { worker: [workerScript, workerWasm], client: [`${clientDirectory}/index.html`], offline: [offlineProgram] };
  for (const [name, make] of Object.entries(parts)) {
    if (only && !only.includes(name)) continue;
    const print = prints[name]();
    if (!force && outputs[name].every((path) => existsSync(path)) && isStamped(`build-${name}`, print)) {
      done(`${name}: up to date`);
      continue;
    }
    const start = Date.now();
    unstamp(`build-${name}`);
    await make();
    stamp(`build-${name}`, print);
    done(`${name} built, ${seconds(start)}`);
  }
  if (existsSync(workerWasm)) say(`  ${sizesInWords(sizes())}`);
}

async function buildWorker({ toolchain, tools }) {
  const { compiler } = toolchain;
  step(
    `Worker: worker-build --release --panic-unwind with rustc ${compiler.version} ${compiler.commit.slice(0, 9)} (the first time builds the standard library too: 1 to 3 minutes)`,
  );
  const env = workerBuildEnv(toolchain, tools);
  await run(tools.workerBuild, ["--release", "--panic-unwind"], { env, what: "worker-build" });
  await shrink(tools);
}

/** The features of rustc's WebAssembly target and of unwinding: what workerd is known to have. */
const features = ["mutable-globals", "sign-ext", "nontrapping-float-to-int", "bulk-memory", "multivalue", "reference-types", "exception-handling"];

/**
 * Optimises for size. In the order of their names similar functions stand together, and compress better. A quarter of the file
 * would be those names; they stay here, for scripts/symbols.mjs.
 */
async function shrink(tools) {
  writeFileSync(workerWasm, withoutDeadClasses(readFileSync(workerWasm), readFileSync(workerScript, "utf8")));
  const options = ["-Oz", "--reorder-functions-by-name", "--debuginfo", ...features.map((feature) => `--enable-${feature}`)];
  await run(tools.wasmOpt, [workerWasm, "-o", workerWasm, ...options], { what: "wasm-opt" });
  const { stripped, names } = splitNames(readFileSync(workerWasm));
  writeFileSync(workerWasm, stripped);
  writeFileSync(workerNames, names.join("\n"));
}

async function buildClient() {
  step("Browser client: npm run build in assets");
  await run("npm", ["run", "build", "--silent"], { cwd: inRoot("assets"), env: npmEnv(), what: "npm run build in assets" });
}

async function buildOffline() {
  step("Offline world: cargo build -p deputy-offline");
  await run("cargo", ["build", "-p", "deputy-offline"]);
}

if (isMain(import.meta)) {
  await main(async () => {
    const chosen = ["worker", "client", "offline"].filter((name) => process.argv.includes(`--${name}`));
    await build(await setup(), { only: chosen.length > 0 ? chosen : undefined, force: process.argv.includes("--force") });
  });
}
