// The Worker of another commit, built by that commit's own scripts in a clone of its own.
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Problem, done, step } from "../scripts/lib/log.mjs";
import { cache, cargoTools, root } from "../scripts/lib/paths.mjs";
import { capture, run } from "../scripts/lib/run.mjs";

/** The folder with the commit's `build/` and wrangler.toml; built once for each commit. */
export async function buildOf(revision) {
  const commit = capture("git", ["rev-parse", "--verify", "--quiet", `${revision}^{commit}`]);
  if (!commit) throw new Problem(`Git knows no commit ${revision}`, "Name a commit, branch or tag of this clone");
  const kept = join(cache, "bench", commit);
  if (existsSync(kept)) {
    done(`Worker of ${commit.slice(0, 9)}: built before`);
    return kept;
  }
  const clone = join(cache, "bench", "clone");
  rmSync(clone, { recursive: true, force: true });
  step(`Building the Worker of ${commit.slice(0, 9)} in a clone of its own (a few minutes, once)`);
  await run("git", ["clone", "--quiet", "--shared", "--no-checkout", root, clone]);
  await run("git", ["checkout", "--quiet", "--detach", commit], { cwd: clone });
  // The helpers are here already, if that commit wants the same versions.
  const env = { ...process.env, PATH: [join(cargoTools, "bin"), process.env.PATH].join(delimiter) };
  await run(process.execPath, ["scripts/build.mjs", "--worker"], { cwd: clone, env, what: `The build of ${commit.slice(0, 9)}` });
  keep(clone, kept);
  rmSync(clone, { recursive: true, force: true });
  return kept;
}

/** What is run of a clone; complete or not there. */
function keep(clone, kept) {
  const parts = `${kept}.part`;
  rmSync(parts, { recursive: true, force: true });
  mkdirSync(join(parts, "build/client"), { recursive: true });
  // Log-in ends at the client's page; what is on it does not matter here.
  writeFileSync(join(parts, "build/client/index.html"), "<!doctype html><title>Deputy</title>\n");
  for (const name of ["wrangler.toml", "build"]) cpSync(join(clone, name), join(parts, name), { recursive: true });
  renameSync(parts, kept);
}
