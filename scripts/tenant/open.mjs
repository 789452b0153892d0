// A tenant that can be compared with its description: settings, token, snapshot and items.
import { Problem } from "../lib/log.mjs";
import { readOwn, refuseProblems, settingsProblems } from "../lib/settings.mjs";
import { describe, rawDescription } from "./description.mjs";
import { Management } from "./management.mjs";
import { changingScopes, itemsOf } from "./plan.mjs";
import { needed, readingScopes, snapshot } from "./snapshot.mjs";
import { writeSettings } from "./vars.mjs";

/** The scopes that a command needs for a description. */
export function scopesOf(command, description) {
  const reading = readingScopes(needed(description));
  return [...new Set(["apply", "destroy"].includes(command) ? [...reading, ...changingScopes(command, description)] : reading)];
}

/**
 * Opens the tenant of a settings file for `plan`, `apply` or `destroy`. `items` are what the description has, `context` is what they
 * share.
 */
export async function openTenant({ command, file, parts, environment = process.env, settings = readOwn(file) }) {
  for (const name of ["AUTH0_DOMAIN", "AUTH0_MANAGEMENT_CLIENT_ID", "AUTH0_MANAGEMENT_CLIENT_SECRET"])
    if (!settings[name]) throw new Problem(`${name} is missing`, `Set ${name} in ${file} (docs/tenant.md)`);
  // The secret goes to this host: no other than that, and by no other way than TLS.
  refuseProblems(settingsProblems(settings).filter(({ name }) => settings[name] && ["AUTH0_DOMAIN", "AUTH0_ISSUER", "BASE_URL"].includes(name)));
  const raw = rawDescription();
  // What was made is to go, whether it is optional or not.
  const chosen = command === "destroy" && !parts?.length ? Object.keys(raw.parts) : parts;
  const description = describe(settings, chosen, raw);
  const api = new Management(settings);
  await api.open(scopesOf(command, description));
  const context = {
    state: await snapshot(api, description),
    description,
    environment,
    vars: () => readOwn(file),
    write: (changes) => writeSettings(file, changes),
    forget: (names, record) => {
      const own = readOwn(file);
      const [idName] = Object.entries(names).find(([, value]) => value === "{client_id}") ?? [];
      if (own[idName] !== record.client_id) return;
      const gone = Object.entries(names).filter(([, value]) => value === "{client_id}" || value === "{client_secret}");
      writeSettings(file, Object.fromEntries(gone.map(([name]) => [name, undefined])));
    },
  };
  return { description, context, items: itemsOf(description, context) };
}
