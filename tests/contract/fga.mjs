// `node tests/contract/fga.mjs sdk|python|cli`: OpenFGA's own clients, unmodified, against the offline world's FGA service.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { cargoBuild } from "../../scripts/lib/native.mjs";
import { Checks } from "./lib/check.mjs";
import { startWorld } from "./lib/world.mjs";
import { commandLine } from "./suites/fga-cli.mjs";
import { openfgaPython } from "./suites/openfga-python.mjs";
import { openfgaSdk } from "./suites/openfga-sdk.mjs";

const suites = { sdk: openfgaSdk, python: openfgaPython, cli: commandLine };
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in suites));
if (unknown.length > 0) throw new Error(`no suite ${unknown.join(", ")}: ${Object.keys(suites).join(", ")}`);

const root = fileURLToPath(new URL("../..", import.meta.url));
execFileSync("cargo", cargoBuild("deputy-offline"), { cwd: root, stdio: "inherit" });

const checks = new Checks();
let world;
for (const name of wanted.length > 0 ? wanted : Object.keys(suites)) await suites[name](checks, () => world);

world = await startWorld({ local: true });
let failed = 1;
try {
  failed = await checks.run(() => world.control("POST", "/reset"));
} finally {
  await world.stop();
}
process.exit(failed === 0 ? 0 : 1);
