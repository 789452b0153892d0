// `npm run try:model`: a real small model on this machine says what it does with three sentences. Ends with 1 when one did not end
// well. Downloads half a gigabyte or more the first time: never part of `npm test` (docs/try-model.md).
import { once } from "node:events";
import { build } from "./build.mjs";
import { flag, readArguments } from "./lib/arguments.mjs";
import { main, warn } from "./lib/log.mjs";
import { Parts } from "./lib/parts.mjs";
import { inRoot, root } from "./lib/paths.mjs";
import { Groups } from "./lib/processes.mjs";
import { modernNode, npmEnv } from "./lib/run.mjs";
import { beginSetup } from "./setup.mjs";
import { install } from "./try-model/install.mjs";
import { readOptions } from "./try-model/options.mjs";

const text = { type: "string" };

await main(async () => {
  const given = readArguments({ model: text, threads: text, limit: text, times: text, only: text, profile: text, keep: flag }).values;
  const options = readOptions(given);
  const parts = new Parts();
  const begun = await beginSetup(parts, { browser: true });
  const [installed] = await Promise.all([parts.run("model", () => install(options.model)), build(begun, { parts })]);
  parts.sayTimes();
  return await inSession({ ...options, installed }, npmEnv({ DEPUTY_CHROMIUM: begun.chromium }));
});

/** The exit code of the trial; a signal is passed on. */
async function inSession(trial, env) {
  const groups = new Groups();
  const args = ["--disable-warning=ExperimentalWarning", inRoot("scripts/try-model/session.mjs"), JSON.stringify(trial)];
  const child = groups.start(modernNode(), args, { cwd: root, env, stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => void groups.stop());
  const [code, killed] = await once(child, "exit");
  if (killed) warn(`The trial was ended by ${killed}`);
  return code ?? 1;
}
