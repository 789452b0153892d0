// Are the hosts that tools call there? Any answer will do: without a user's token every provider refuses.
import { readFileSync } from "node:fs";
import { inRoot } from "../paths.mjs";
import { NoAnswer, ask } from "./ask.mjs";

/** Asks every provider and API that the settings or the registry name, all at once. */
export async function checkProviders(settings, report) {
  const results = await Promise.all(hosts(settings).map((host) => reached(host)));
  for (const { name, url, setting, error } of results) {
    if (!error) report.good(`${name}: ${new URL(url).host} answers`);
    else
      report.bad({
        code: "provider_unreachable",
        name,
        cause: error,
        fix: `Set ${setting} to where ${name} is, or see why it does not answer`,
        setting,
      });
  }
}

function hosts(settings) {
  const { providers, apis } = JSON.parse(readFileSync(inRoot("src/connections/registry.json"), "utf8"));
  const all = [
    ...providers.map(({ name, base_url, base_url_setting: setting }) => ({ name, setting, url: settings[setting] || base_url })),
    ...apis.map(({ id, url_setting: setting }) => ({ name: `API ${id}`, setting, url: settings[setting] })),
    { name: "FGA", setting: "FGA_API_URL", url: settings.FGA_API_URL },
  ];
  return all.filter(({ url }) => url && URL.canParse(url));
}

async function reached(host) {
  try {
    await ask(host.url, { headers: { accept: "*/*" } });
    return host;
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return { ...host, error: error.message };
  }
}
