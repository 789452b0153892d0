// Python packages in an environment of their own, below `.cache`.
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { aptInstall } from "./apt.mjs";
import { Problem, done, seconds, step } from "./log.mjs";
import { cache } from "./paths.mjs";
import { capture, run, whichAll } from "./run.mjs";
import { fingerprint, isStamped, stamp } from "./stamp.mjs";

const noNetwork = "Check that the Python package registry can be reached (pip's own settings apply); then try again";

/**
 * Makes the environment `.cache/NAME/venv` with what the requirements pin by hash, unless it is there. Only ready wheels: nothing of a
 * package is run by installing it.
 * @param {{ name: string, what: string, requirements: string, atLeast: [number, number] }} wanted `what` is said before it is done.
 * @returns {Promise<{ python: string, venv: string, pip: (what: string, more: string[]) => Promise<void> }>}
 */
export async function ensurePython({ name, what, requirements, atLeast }) {
  const venv = join(cache, name, "venv");
  const python = join(venv, "bin/python");
  const base = await basePython(atLeast);
  const pip = async (packages, more) => {
    const args = ["-m", "pip", "install", "--disable-pip-version-check", "--no-cache-dir", "--no-input", "--only-binary=:all:", "--no-deps", ...more];
    await run(python, args, { what: `pip install ${packages}`, remedy: noNetwork });
  };
  const print = fingerprint([requirements], [base]);
  if (existsSync(python) && isStamped(`python-${name}`, print)) return { python, venv, pip };
  const start = Date.now();
  step(what);
  mkdirSync(dirname(venv), { recursive: true });
  await run(base, ["-m", "venv", "--clear", venv], { what: "python -m venv", remedy: "Install the module venv (Debian: python3-venv)" });
  await pip(name, ["--require-hashes", "--requirement", requirements]);
  stamp(`python-${name}`, print);
  done(`Python packages of ${name}, ${seconds(start)}`);
  return { python, venv, pip };
}

/** A Python that can make environments: one on PATH, else Debian's, which is asked for. */
export async function basePython(atLeast) {
  if (!find(atLeast)) await aptInstall(["python3", "python3-venv"], `Python ${atLeast.join(".")} or later with its module venv`);
  const base = find(atLeast);
  if (!base) throw new Problem(`Python ${atLeast.join(".")} or later is not on PATH`, "Install Python 3 with its module venv");
  return base;
}

const find = (atLeast) => ["python3", "python"].flatMap((program) => whichAll(program)).find((file) => isModern(file, atLeast));

const isModern = (file, [major, minor]) =>
  capture(file, ["-c", `import ensurepip, sys, venv; print(sys.version_info >= (${major}, ${minor}) and sys.platform != 'win32')`]) === "True";
