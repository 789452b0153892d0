// Builds the Worker, the browser client and the offline world; skips what is up to date.
// `--worker`, `--client`, `--offline`, `--protected-api`, `--mcp-fixture` build only that; the last two, an example and a Worker of the
// tests, are built by their names alone. `--force` builds in any case; `--as-tests` compiles the offline world as the native tests do,
// where those are to be compiled anyway.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { flag, readArguments } from "./lib/arguments.mjs";
import { done, isMain, main, say, seconds, step } from "./lib/log.mjs";
import { Parts } from "./lib/parts.mjs";
import { clientDirectory, inRoot, offlineProgram, workers, workerWasm } from "./lib/paths.mjs";
import { cargoBuild } from "./lib/native.mjs";
import { npmEnv, run } from "./lib/run.mjs";
import { fingerprint, isStamped, stamp, unstamp } from "./lib/stamp.mjs";
import { bundleWorker, compileWorker } from "./lib/worker.mjs";
import { beginSetup } from "./setup.mjs";
import { sizes, sizesInWords } from "./size.mjs";

const manifests = ["Cargo.toml", "Cargo.lock"].map((name) => inRoot(name));
const notOfTheWorker = ["offline", "fga-proofs"];
const crates = readdirSync(inRoot("crates")).filter((name) => !notOfTheWorker.includes(name));
const workerSteps = ["scripts/worker", "scripts/lib/worker.mjs", "scripts/lib/toolchain.mjs"];
const inputsOf = (...names) => [...manifests, ...[...names, ...workerSteps].map((name) => inRoot(name))];
const workerInputs = {
  worker: inputsOf("src", ...crates.map((name) => `crates/${name}`)),
  "protected-api": inputsOf(
    "examples/protected-api/Cargo.toml",
    "examples/protected-api/src",
    ...["auth0", "error", "http", "platform"].map((name) => `crates/${name}`),
  ),
  "mcp-fixture": inputsOf(
    "tests/mcp/fixture/Cargo.toml",
    "tests/mcp/fixture/src",
    ...["auth0", "error", "http", "mcp", "mcp-worker", "platform"].map((name) => `crates/${name}`),
  ),
};
/** What the native tests run often enough to be worth its time to compile, and the offline world by itself does not. */
const hardlyOptimised = ["aho-corasick", "deputy-fga", "jiff", "jiff-core", "regex-automata", "regex-syntax"].flatMap((name) => [
  "--config",
  `profile.dev.package.${name}.opt-level=0`,
]);
// Besides its own, those of the evaluator that it answers with.
const offlineInputs = [...manifests, ...["offline", "fga", "http", "error"].map((name) => inRoot("crates", name))];

/**
 * Builds the named parts (all by default), each as soon as those of `begun` that it needs are done (see `beginSetup`). The offline
 * world needs the compiler only: it is built beside everything else, on the cores that the way to the Worker leaves.
 */
export async function build(
  begun,
  { parts = new Parts(), only = ["worker", "client", "offline"], force = false, quick = false, asTests = false } = {},
) {
  const { packages, clientPackages, testPackages } = begun;
  const all = {
    worker: () => buildWorker("worker", begun, parts, { quick, force }),
    // After the Worker, whose compiled crates they share.
    "protected-api": () => made("worker").then(() => buildWorker("protected-api", begun, parts, { quick, force })),
    "mcp-fixture": () => made("worker").then(() => buildWorker("mcp-fixture", begun, parts, { quick, force })),
    client: () => clientPackages.then(() => parts.run("browser client", () => buildClient(force))),
    offline: () => parts.run("offline world", () => buildOffline({ force, asTests })),
  };
  const begunParts = new Map();
  const made = async (name) => {
    if (!only.includes(name)) return;
    if (!begunParts.has(name)) begunParts.set(name, all[name]());
    await begunParts.get(name);
  };
  await Promise.all([testPackages, packages, ...only.map(made)]);
  if (existsSync(workerWasm)) say(`  ${sizesInWords(sizes())}`);
}

/**
 * Compiling needs the compiler only; what makes a Worker of it is set up and built beside that. With `quick` it is compiled in less time
 * where nothing is built yet; what is tested and deployed is made without.
 */
async function buildWorker(name, { toolchain, packages, wasmBindgen }, parts, { quick, force }) {
  const worker = workers[name];
  const { version, commit } = toolchain.compiler;
  const print = (profile) => fingerprint(workerInputs[name], [version, commit, profile]);
  const profile = quick ? "quick" : "release";
  const enough = [...new Set([profile, "release"])].map(print);
  const outputs = ["index.js", "index_bg.wasm"].map((file) => join(worker.build, file));
  await unlessUpToDate({ name, prints: enough, outputs, force }, async () => {
    const ready = Promise.all([packages, wasmBindgen]);
    await parts.run(`${worker.crate}: compiled`, () => compileWorker(toolchain, worker, profile));
    const [, program] = await ready;
    await parts.run(`${worker.crate}: bundled`, () => bundleWorker(program, worker, profile));
  });
}

async function buildClient(force) {
  const print = fingerprint([inRoot("assets"), inRoot("src/connections")]);
  await unlessUpToDate({ name: "client", prints: [print], outputs: [`${clientDirectory}/index.html`], force }, async () => {
    step("Browser client: npm run build in assets");
    await run("npm", ["run", "build", "--silent"], { cwd: inRoot("assets"), env: npmEnv(), what: "npm run build in assets" });
  });
}

async function buildOffline({ force, asTests }) {
  await unlessUpToDate({ name: "offline", prints: [fingerprint(offlineInputs)], outputs: [offlineProgram], force }, async () => {
    const args = asTests ? cargoBuild("deputy-offline") : ["build", "-p", "deputy-offline", ...hardlyOptimised];
    step(`Offline world: cargo ${args.join(" ")}`);
    await run("cargo", args, { yields: true });
  });
}

/** Makes a part unless its outputs are there, made of one of these; the first is what it is made of now. */
async function unlessUpToDate({ name, prints, outputs, force }, make) {
  const isThere = () => outputs.every((path) => existsSync(path)) && prints.some((print) => isStamped(`build-${name}`, print));
  if (!force && isThere()) return done(`${name}: up to date`);
  const start = Date.now();
  unstamp(`build-${name}`);
  await make();
  stamp(`build-${name}`, prints[0]);
  done(`${name} built, ${seconds(start)}`);
}

if (isMain(import.meta)) {
  await main(async () => {
    const every = ["worker", "client", "offline"];
    const flags = Object.fromEntries([...every, "protected-api", "mcp-fixture"].map((name) => [name, flag]));
    const { force, "as-tests": asTests, ...named } = readArguments({ ...flags, force: flag, "as-tests": flag }).values;
    const chosen = Object.keys(named);
    const parts = new Parts();
    await build(await beginSetup(parts), { parts, only: chosen.length > 0 ? chosen : every, force, asTests });
    parts.sayTimes();
  });
}
