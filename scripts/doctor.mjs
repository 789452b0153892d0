// `npm run doctor`: looks at tools, settings and ports, asks tenant, model and providers, changes nothing, and names cause, fix and
// setting of what is wrong. `npm run doctor -- tenant model` looks at those parts only; `--vars FILE` reads other settings than
// `.dev.vars`; `--json` prints the findings for a program.
import { existsSync } from "node:fs";
import { readArguments } from "./lib/arguments.mjs";
import { checkModel } from "./lib/doctor/model.mjs";
import { checkProviders } from "./lib/doctor/providers.mjs";
import { Report } from "./lib/doctor/report.mjs";
import { doctorOfTenant } from "./lib/doctor/tenant-part.mjs";
import { addresses } from "./lib/doctor/tenant.mjs";
import { Problem, main, say } from "./lib/log.mjs";
import { inRoot, offlineProgram, workerScript } from "./lib/paths.mjs";
import { isFree } from "./lib/ports.mjs";
import { capture, isSupportedNode, modernNode } from "./lib/run.mjs";
import { localSettings, ownFile, readOwn, readPorts, settingsProblems } from "./lib/settings.mjs";
import { findToolchain } from "./lib/toolchain.mjs";
import { findChromium, findWasmBindgen } from "./lib/tools.mjs";

await main(async () => {
  const { values, positionals } = readArguments({ vars: { type: "string" }, json: { type: "boolean" } });
  const file = ownFile(values.vars);
  const own = readOwn(file);
  const ports = readPorts(own);
  const local = localSettings(ports, own);
  const report = new Report(local.settings, { quiet: values.json });
  for (const [name, check] of chosen(positionals)) {
    report.title(name[0].toUpperCase() + name.slice(1));
    await check(report, { ...local, ports, file });
  }
  if (values.json) say(JSON.stringify(report.findings, undefined, 2));
  else say(report.wrong === 0 ? "\nNothing to repair" : `\n${report.wrong} to look at`);
  return report.wrong === 0 ? 0 : 1;
});

function chosen(names) {
  const parts = { tools, settings: settingsPart, ports: portsPart, tenant: doctorOfTenant, model, providers };
  const unknown = names.filter((name) => !(name in parts));
  if (unknown.length > 0) throw new Problem(`The doctor has no part ${unknown.join(", ")}`, `Parts: ${Object.keys(parts).join(", ")}`);
  return Object.entries(parts).filter(([name]) => names.length === 0 || names.includes(name));
}

function tools(report) {
  const look = (good, name, cause, fix) => (good ? report.good(name) : report.bad({ code: "tool_missing", name, cause, fix }));
  look(isSupportedNode(), `Node ${process.versions.node}`, "too old", "Install Node 20.12 or later");
  look(capture(modernNode(), ["--version"]), "Node for wrangler (22.18 or later)", "not installed", "npm run setup");
  for (const directory of ["node_modules", "assets/node_modules"]) look(existsSync(inRoot(directory)), directory, "missing", "npm run setup");
  const cargo = capture("cargo", ["--version"]);
  look(cargo, cargo ?? "cargo", "not on PATH or broken", "Install Rust with rustup");
  look(capture("cargo", ["clippy", "--version"]), "clippy (for npm test)", "not installed", "rustup component add clippy");
  look(capture("cargo", ["fmt", "--version"]), "rustfmt (for npm test)", "not installed", "rustup component add rustfmt");
  const { compiler, linker } = findToolchain();
  look(
    compiler,
    compiler ? `rustc ${compiler.version} with library source (${compiler.kind})` : "compiler for the Worker",
    "no rustc 1.91 or later with its library source",
    "npm run setup, or: rustup component add rust-src",
  );
  look(linker, `linker for WebAssembly ${linker ?? ""}`, "not found", "npm run setup");
  look(findWasmBindgen(), "wasm-bindgen", "not installed in the version Cargo.lock asks for", "npm run setup");
  look(findChromium(), "Chromium (for npm test)", "not found", "node scripts/setup.mjs --browser, or set DEPUTY_CHROMIUM");
  look(existsSync(workerScript) && existsSync(offlineProgram), "build", "not built yet", "npm run build");
}

function settingsPart(report, { settings, offline, file }) {
  const where = { true: "offline", false: "yours" };
  report.note(`${existsSync(file) ? `${file} is there` : "no .dev.vars"}; tenant: ${where[offline.tenant]}, model: ${where[offline.model]}`);
  const problems = settingsProblems(settings);
  for (const { name, what, fix } of problems) report.bad({ code: "setting", name, cause: what, fix, setting: name });
  if (problems.length === 0) report.good("complete and free of contradictions");
  const { callback, logout, backchannel } = addresses(settings);
  report.note(`To register for the application in the tenant, exactly like this:`);
  report.note(`Allowed Callback URLs ${callback} · Allowed Logout URLs ${logout} · Back-Channel Logout URI ${backchannel}`);
}

async function portsPart(report, { offline, ports }) {
  const needed = offline.tenant || offline.model ? ports : { PORT: ports.PORT };
  for (const [name, port] of Object.entries(needed)) {
    if (await isFree(port)) report.good(`${name} ${port}`);
    else
      report.bad({
        code: "port_in_use",
        name: `${name} ${port}`,
        cause: "in use (fine while npm start runs)",
        fix: `Stop that program, or set ${name}`,
        setting: name,
      });
  }
}

async function model(report, { settings, offline, ports }) {
  if (offline.model && (await isFree(ports.OFFLINE_MODEL_PORT))) return report.note("The scripted model is asked while npm start runs");
  await checkModel(settings, report);
}

async function providers(report, { settings, offline, ports }) {
  if (offline.tenant && (await isFree(ports.OFFLINE_PROVIDERS_PORT))) return report.note("The offline providers are asked while npm start runs");
  await checkProviders(settings, report);
}
