// Debian packages: asked for first, never installed behind anybody's back.
import { createInterface } from "node:readline/promises";
import { isCi, run, which } from "./run.mjs";
import { Problem, step, warn } from "./log.mjs";

/**
 * Installs Debian packages. Asks at a terminal; does not ask with CI=1; elsewhere, and where root
 * cannot be had, throws a Problem that prints the command.
 */
export async function aptInstall(packages, why) {
  const apt = which("apt-get");
  const command = `apt-get update && apt-get install -y --no-install-recommends ${packages.join(" ")}`;
  if (!apt) throw new Problem(`${why}: missing, and this system has no apt-get`, `Install the equivalent of: ${packages.join(", ")}`);
  const isRoot = process.getuid?.() === 0;
  const sudo = isRoot ? [] : sudoPrefix();
  const asRoot = isRoot ? command : `sudo sh -c '${command}'`;
  if (!sudo || !(await allowed(packages, why, isRoot))) {
    throw new Problem(`${why}: needs the Debian packages ${packages.join(", ")}`, `Run: ${asRoot}`);
  }
  step(`apt-get install ${packages.join(" ")} (${why})`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const call = (args) => run([...sudo, apt][0], [...sudo, apt, ...args].slice(1), { env, what: `apt-get ${args[0]}`, remedy: `Run: ${asRoot}` });
  // An unreachable extra source must not hide packages that are there: install decides.
  await call(["update", "-q"]).catch((error) => warn(error.message));
  await call(["install", "-y", "-q", "--no-install-recommends", ...packages]);
}

function sudoPrefix() {
  const sudo = which("sudo");
  if (!sudo) return undefined;
  return isCi() ? [sudo, "-n"] : [sudo];
}

async function allowed(packages, why, isRoot) {
  if (isCi()) return true;
  if (!process.stdin.isTTY || !process.stdout.isTTY) return false;
  const question = createInterface({ input: process.stdin, output: process.stdout });
  const how = isRoot ? "apt-get" : "sudo apt-get";
  const answer = await question.question(`${why}. Install ${packages.join(", ")} with ${how}? [y/N] `);
  question.close();
  return /^y(es)?$/i.test(answer.trim());
}
