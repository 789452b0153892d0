// The baselines, bundled as for a deploy: by wrangler, minified.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { inRoot } from "../../scripts/lib/paths.mjs";
import { modernNode, run } from "../../scripts/lib/run.mjs";
import { fingerprint, isStamped, stamp } from "../../scripts/lib/stamp.mjs";

/** The folders of the baselines, by what the table calls them. */
export const baselines = {
  agent: inRoot("bench/baseline/agent"),
  floor: inRoot("bench/baseline/floor"),
  mcp: inRoot("bench/baseline/mcp"),
};

/** The folders of those with packages of their own. */
export const withPackages = ["bench/baseline/agent", "bench/baseline/mcp"];

/** Bundles a baseline whose packages are installed, unless that was done before. */
export async function buildBaseline(name) {
  const directory = baselines[name];
  const inputs = ["index.js", "wrangler.toml", "package-lock.json", "../session.js"].map((file) => join(directory, file));
  const print = fingerprint([...inputs, inRoot("package-lock.json")]);
  if (existsSync(join(directory, "build/index.js")) && isStamped(`baseline-${name}`, print)) return;
  const bundle = ["deploy", "--dry-run", "--minify", "--outdir", "build"];
  const env = { ...process.env, CI: "1", WRANGLER_SEND_METRICS: "false", WRANGLER_LOG: "warn" };
  const remedy = "Its packages are installed by: npm run setup -- --tests";
  await run(modernNode(), [inRoot("node_modules/wrangler/bin/wrangler.js"), ...bundle], {
    cwd: directory,
    env,
    what: `The bundle of ${name}`,
    remedy,
  });
  stamp(`baseline-${name}`, print);
}
