// `npm run agent -- "Am I free tomorrow at 9?"`: asks a running Deputy from the command line (examples/cli), with the settings of
// `npm start`. Without a question it asks for one.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { main, Problem } from "./lib/log.mjs";
import { inRoot } from "./lib/paths.mjs";
import { run } from "./lib/run.mjs";
import { localSettings, offlineNativeClient, readOwn, readPorts } from "./lib/settings.mjs";

await main(async () => {
  const { settings, offline } = localSettings(readPorts());
  const client = process.env.AGENT_CLIENT_ID ?? readOwn().AGENT_CLIENT_ID ?? (offline.tenant ? offlineNativeClient : undefined);
  if (!client)
    throw new Problem(
      "AGENT_CLIENT_ID is missing",
      "Set it in .dev.vars to the client id of a native application with the grant Device Code, and name it in AUTH0_ALLOWED_CLIENTS too",
    );
  await run("cargo", ["build", "--quiet", "--package", "deputy-cli"], { what: "building the command line" });
  const { AUTH0_DOMAIN, AUTH0_ISSUER, AUTH0_AUDIENCE, BASE_URL } = settings;
  const env = { ...process.env, AUTH0_DOMAIN, AUTH0_AUDIENCE, AGENT_CLIENT_ID: client, DEPUTY_URL: process.env.DEPUTY_URL ?? BASE_URL };
  if (AUTH0_ISSUER) env.AUTH0_ISSUER = AUTH0_ISSUER;
  const child = spawn(inRoot("target/debug/deputy-agent"), process.argv.slice(2), { env, stdio: "inherit" });
  const [code] = await once(child, "exit");
  return code ?? 1;
});
