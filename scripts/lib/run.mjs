// Running other programs and finding them on PATH.
import { spawn, spawnSync } from "node:child_process";
import { accessSync, constants as modes, statSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { delimiter, join } from "node:path";
import { currentPart } from "./parts.mjs";
import { npmBin, root } from "./paths.mjs";
import { Problem } from "./log.mjs";

/** Every executable of this name on PATH, first one first. */
export function whichAll(name, path = process.env.PATH ?? "") {
  const found = [];
  for (const directory of path.split(delimiter)) {
    const file = join(directory || ".", name);
    try {
      accessSync(file, modes.X_OK);
      if (statSync(file).isFile() && !found.includes(file)) found.push(file);
    } catch {
      // Not here: the next directory.
    }
  }
  return found;
}

export const which = (name, path) => whichAll(name, path)[0];

/**
 * Runs a program with its output on ours, in a part on that part's; rejects with a Problem unless it exits 0. With `yields` it gets
 * the cores that others leave.
 */
export function run(command, args, { cwd = root, env = process.env, what, remedy, yields = false } = {}) {
  const { signal, onOutput } = currentPart() ?? {};
  const stdio = onOutput ? "pipe" : "inherit";
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, signal, stdio: ["ignore", stdio, stdio] });
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", onOutput);
    if (yields && child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
    const named = what ?? [command, ...args].join(" ");
    child.on("error", (error) => reject(new Problem(`${named}: could not be started (${error.code ?? error.message})`, remedy)));
    child.on("close", (code, killedBy) => {
      if (code === 0) resolve();
      else reject(new Problem(`${named}: ended with ${killedBy ?? `exit code ${code}`}`, remedy));
    });
  });
}

/** Runs a program quietly; what it printed when it exits 0, otherwise undefined. */
export function capture(command, args, { cwd = root, env = process.env, timeout = 60_000 } = {}) {
  const result = spawnSync(command, args, { cwd, env, timeout, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

/** True for a Node that has what these scripts use. */
export function isSupportedNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  return major > 20 || (major === 20 && minor >= 12);
}

/** The Node that wrangler and the tests need (22.12 or later): our own, or the npm package's. */
export function modernNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  return major > 22 || (major === 22 && minor >= 18) ? process.execPath : join(npmBin, "node");
}

/** The environment with the npm packages' programs first on PATH. */
export function npmEnv(extra = {}) {
  return { ...process.env, PATH: `${npmBin}${delimiter}${process.env.PATH ?? ""}`, ...extra };
}

/** CI=1 and CI=true mean: nobody is there to be asked. */
export const isCi = () => !["", "0", "false"].includes(process.env.CI ?? "");
