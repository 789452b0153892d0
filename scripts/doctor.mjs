// `npm run doctor`: looks at tools, settings and ports, changes nothing, and names cause and fix of what is wrong.
import { existsSync } from "node:fs";
import { done, main, say } from "./lib/log.mjs";
import { devVars, inRoot, offlineProgram, workerScript } from "./lib/paths.mjs";
import { isFree } from "./lib/ports.mjs";
import { capture, isSupportedNode, modernNode } from "./lib/run.mjs";
import { localSettings, readPorts, settingsProblems } from "./lib/settings.mjs";
import { findToolchain } from "./lib/toolchain.mjs";
import { findChromium, findWorkerTools } from "./lib/tools.mjs";

await main(async () => {
  let wrong = 0;
  const report = (good, name, cause, fix) => {
    if (good) return done(name);
    wrong += 1;
    say(`✗ ${name}: ${cause}\n  → ${fix}`);
  };

  say("Tools");
  report(isSupportedNode(), `Node ${process.versions.node}`, "too old", "Install Node 20.12 or later");
  report(capture(modernNode(), ["--version"]), "Node for wrangler (22.18 or later)", "not installed", "npm run setup");
  for (const directory of ["node_modules", "assets/node_modules"]) report(existsSync(inRoot(directory)), directory, "missing", "npm run setup");
  const cargo = capture("cargo", ["--version"]);
  report(cargo, cargo ?? "cargo", "not on PATH or broken", "Install Rust with rustup");
  report(capture("cargo", ["clippy", "--version"]), "clippy (for npm test)", "not installed", "rustup component add clippy");
  report(capture("cargo", ["fmt", "--version"]), "rustfmt (for npm test)", "not installed", "rustup component add rustfmt");
  const { compiler, linker } = findToolchain();
  report(
    compiler,
    compiler ? `rustc ${compiler.version} with library source (${compiler.kind})` : "compiler for the Worker",
    "no rustc 1.91 or later with its library source",
    "npm run setup, or: rustup component add rust-src",
  );
  report(linker, `linker for WebAssembly ${linker ?? ""}`, "not found", "npm run setup");
  const tools = findWorkerTools();
  report(tools.workerBuild, "worker-build", "not installed in the version Cargo.lock asks for", "npm run setup");
  report(tools.wasmBindgen, "wasm-bindgen", "not installed in the version Cargo.lock asks for", "npm run setup");
  report(findChromium(), "Chromium (for npm test)", "not found", "node scripts/setup.mjs --browser, or set DEPUTY_CHROMIUM");
  report(existsSync(workerScript) && existsSync(offlineProgram), "build", "not built yet", "npm run build");

  say("\nSettings");
  const ports = readPorts();
  const { settings, offline } = localSettings(ports);
  say(
    `  ${existsSync(devVars) ? ".dev.vars is there" : "no .dev.vars"}; tenant: ${offline.tenant ? "offline" : "yours"}, model: ${offline.model ? "offline" : "yours"}`,
  );
  const problems = settingsProblems(settings);
  for (const { name, what, fix } of problems) report(false, name, what, fix);
  if (problems.length === 0) done("complete and free of contradictions");

  say("\nPorts");
  const needed = offline.tenant || offline.model ? ports : { PORT: ports.PORT };
  for (const [name, port] of Object.entries(needed))
    report(await isFree(port), `${name} ${port}`, "in use (fine while npm start runs)", `Stop that program, or set ${name}`);

  say(wrong === 0 ? "\nNothing to repair" : `\n${wrong} to look at`);
  return wrong === 0 ? 0 : 1;
});
