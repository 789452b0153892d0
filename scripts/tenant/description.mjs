// The description of the tenant (tenant/tenant.json) with the settings filled in.
import { readFileSync } from "node:fs";
import { issuerOf } from "../lib/doctor/tenant.mjs";
import { Problem } from "../lib/log.mjs";
import { inRoot } from "../lib/paths.mjs";

const directory = inRoot("tenant");
const lists = ["applications", "apis", "connections", "roles", "exchanges", "tenant", "hints"];

/** The description as it is written, for who looks for requirement ids. */
export function rawDescription() {
  return JSON.parse(readFileSync(`${directory}/tenant.json`, "utf8"));
}

/**
 * The entries of the chosen parts, by list, with every `{SETTING}` replaced; of all parts that are not optional where none is chosen.
 * `{client_id}` and `{client_secret}` stay: they are known once the application is there.
 * @returns {Record<string, any>}
 */
export function describe(settings, chosen = [], raw = rawDescription()) {
  const unknown = chosen.filter((part) => !(part in raw.parts));
  if (unknown.length > 0) throw new Problem(`The description has no part ${unknown.join(", ")}`, `Parts: ${Object.keys(raw.parts).join(", ")}`);
  const parts = chosen.length > 0 ? chosen : Object.keys(raw.parts).filter((part) => !raw.optional.includes(part));
  const own = Object.fromEntries(Object.entries(settings).filter(([, value]) => value));
  const values = { ...raw.settings, ...own, ISSUER: issuerOf(settings) };
  values.BASE_URL = values.BASE_URL.replace(/\/$/, "");
  // As the Worker has it: its own address is the audience, unless another is set.
  values.MCP_AUDIENCE ??= own.MCP_SERVER_URL ?? `${values.BASE_URL}/mcp`;
  const description = { parts };
  for (const name of lists)
    description[name] = fill(
      raw[name].filter(({ part }) => parts.includes(part)),
      values,
    );
  for (const entry of description.exchanges) entry.action.code = fill(readFileSync(`${directory}/${entry.code}`, "utf8"), values);
  for (const entry of description.applications) adapt(entry, values, description.hints);
  return description;
}

/** Where Auth0 would refuse what is right for one's own machine, or the application has a key instead of a secret. */
function adapt({ body, settings }, values, hints) {
  const urls = body.oidc_logout?.backchannel_logout_urls ?? [];
  if (values.ISSUER.startsWith("https:") && urls.some((url) => url.startsWith("http:"))) {
    delete body.oidc_logout;
    hints.push({ why: [], text: "Auth0 calls back over https alone: the back-channel log-out URI is registered once BASE_URL is https" });
  }
  if (values.AUTH0_CLIENT_PRIVATE_KEY && settings?.AUTH0_CLIENT_SECRET) {
    delete body.token_endpoint_auth_method;
    delete settings.AUTH0_CLIENT_SECRET;
  }
}

function fill(value, values) {
  // A `${NAME}` is the code's own.
  if (typeof value === "string") return value.replace(/(?<!\$)\{([A-Z][A-Z0-9_]*)\}/g, (whole, name) => values[name] ?? whole);
  if (Array.isArray(value)) return value.map((item) => fill(item, values));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [fill(name, values), fill(member, values)]));
}
