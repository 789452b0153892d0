// `npm run deploy`: refuses while a setting is missing or contradictory, builds, sends the settings as secrets, deploys.
// The settings come from .deploy.vars (same form as .dev.vars) or from the environment.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "./build.mjs";
import { Problem, done, main, step } from "./lib/log.mjs";
import { Parts } from "./lib/parts.mjs";
import { cache, inRoot } from "./lib/paths.mjs";
import { modernNode, npmEnv, run } from "./lib/run.mjs";
import { namesFor, readOwn, refuseProblems, settingsProblems } from "./lib/settings.mjs";
import { beginSetup } from "./setup.mjs";
import { checkSize } from "./size.mjs";

await main(async () => {
  const settings = deploySettings();
  refuseProblems([...settingsProblems(settings), ...onlyLocal(settings)]);
  const parts = new Parts();
  await build(await beginSetup(parts), { parts, only: ["worker", "client"] });
  checkSize();
  const file = join(cache, "run", "deploy.json");
  mkdirSync(join(cache, "run"), { recursive: true, mode: 0o700 });
  writeFileSync(file, JSON.stringify(settings), { mode: 0o600 });
  try {
    const env = npmEnv({ WRANGLER_SEND_METRICS: "false" });
    const wrangler = inRoot("node_modules/wrangler/bin/wrangler.js");
    const remedy = "Log in to Cloudflare first: npx wrangler login, or set CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID";
    step(`wrangler deploy with ${Object.keys(settings).length} settings as secrets`);
    await run(modernNode(), [wrangler, "deploy", "--secrets-file", file], { env, what: "wrangler deploy", remedy });
  } finally {
    rmSync(file, { force: true });
  }
  done(`Deployed; open ${settings.BASE_URL}`);
});

function deploySettings() {
  const own = readOwn(inRoot(".deploy.vars"));
  const settings = {};
  const linking = process.env.ACCOUNT_LINKING ?? own.ACCOUNT_LINKING;
  for (const name of namesFor({ ACCOUNT_LINKING: linking })) {
    const value = process.env[name] ?? own[name];
    if (value) settings[name] = value;
  }
  return settings;
}

/** What is fine on one's own machine and nowhere else. */
function onlyLocal(settings) {
  const problems = [];
  if (settings.DEPUTY_DEV) problems.push({ name: "DEPUTY_DEV", what: "is for development only", fix: "Remove DEPUTY_DEV" });
  if (settings.BASE_URL && !settings.BASE_URL.startsWith("https:"))
    problems.push({ name: "BASE_URL", what: "is not https", fix: "Give the deployed app's https origin" });
  if (Object.keys(settings).length === 0)
    throw new Problem("No settings to deploy with", "Copy .dev.vars.example to .deploy.vars and fill it in, or set them in the environment");
  return problems;
}
