// `node tests/contract/run.mjs [WORD…]`: published packages against the offline world, providers' clients included, our client against a certified server.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { cargoBuild } from "../../scripts/lib/native.mjs";
import { Checks } from "./lib/check.mjs";
import { startWorld } from "./lib/world.mjs";
import { ai } from "./suites/ai.mjs";
import { authJs } from "./suites/auth-js.mjs";
import { googleSdk } from "./suites/google-sdk.mjs";
import { nextjs } from "./suites/nextjs.mjs";
import { oauth4webapi } from "./suites/oauth4webapi.mjs";
import { oidcProvider, stopProvider } from "./suites/oidc-provider.mjs";
import { openidClient } from "./suites/openid-client.mjs";
import { providerSdks } from "./suites/provider-sdks.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
// The example `login` is our client, which is tried against a certified server.
execFileSync("cargo", cargoBuild("deputy-offline"), { cwd: root, stdio: "inherit" });

const checks = new Checks();
let world;
const current = () => world;
openidClient(checks, current);
oauth4webapi(checks, current);
authJs(checks, current);
nextjs(checks, current);
ai(checks, current);
googleSdk(checks, current);
providerSdks(checks, current);
oidcProvider(checks);

world = await startWorld();
globalThis.fetch = world.fetch;
let failed = 1;
try {
  failed = await checks.run(() => world.control("POST", "/reset"), process.argv.slice(2));
} finally {
  await stopProvider();
  await world.stop();
}
process.exit(failed === 0 ? 0 : 1);
