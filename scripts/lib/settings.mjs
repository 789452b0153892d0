// The settings of the Worker: the user's own (.dev.vars), the offline world's, and what is wrong with them.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseEnv } from "node:util";
import { cache, devVars, inRoot } from "./paths.mjs";
import { Problem } from "./log.mjs";

/** Default ports and the setting that moves each. */
export const portSettings = {
  PORT: 3000,
  OFFLINE_PORT: 4400,
  OFFLINE_PROVIDERS_PORT: 4401,
  OFFLINE_MODEL_PORT: 4402,
  OFFLINE_CONTROL_PORT: 4403,
  OFFLINE_FGA_PORT: 4404,
};

/** The client of `npm run tenant`: it may change the whole tenant. A Worker is given it with ACCOUNT_LINKING=1 alone, and then it should be one that may read and update users, and nothing else. */
const managementSettings = ["AUTH0_MANAGEMENT_CLIENT_ID", "AUTH0_MANAGEMENT_CLIENT_SECRET"];

/** What the offline tenant knows its client by: a double's constants, no secret of anybody's. */
export const offlineClient = { id: "deputy-offline", secret: "offline-client-secret-for-the-offline-world-only" };
/** The offline world's Custom API Client of the agent's API. */
const offlineApiClient = { id: "deputy-offline-api", secret: "offline-custom-api-secret-not-a-real-one" };

/** The offline world's client for account linking: it may read and update users. */
export const offlineLinkingClient = { id: "deputy-offline-linking", secret: "offline-linking-secret-not-a-real-one" };

/** The offline world's client of the MCP server's API. */
const offlineMcpClient = { id: "deputy-offline-mcp", secret: "offline-mcp-server-secret-not-a-real-one" };
/** The offline world's native application, which a command line is. */
export const offlineNativeClient = "deputy-offline-device";

const linkingSettings = {
  ACCOUNT_LINKING: "1",
  AUTH0_MANAGEMENT_CLIENT_ID: offlineLinkingClient.id,
  AUTH0_MANAGEMENT_CLIENT_SECRET: offlineLinkingClient.secret,
};

/** The offline world's single-page application, `examples/spa`. */
const offlineSpaClient = "deputy-offline-spa";

/** Whose access tokens the agent takes in the offline world: the application, the Custom API Client, the native and the single-page application. */
const offlineClients = [offlineClient.id, offlineApiClient.id, offlineNativeClient, offlineSpaClient];

/** The ports to use: the environment wins over .dev.vars, that over the default. */
export function readPorts(own = readOwn()) {
  const ports = {};
  for (const [name, fallback] of Object.entries(portSettings)) {
    const text = process.env[name] ?? own[name] ?? String(fallback);
    const port = Number(text);
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
      throw new Problem(`${name} is no port: ${text}`, `Set ${name} to a number between 1 and 65535`);
    ports[name] = port;
  }
  return ports;
}

/** The settings file: .dev.vars, or the one that `--vars` names, which has to be there. */
export function ownFile(named) {
  if (named !== undefined && !existsSync(named))
    throw new Problem(`There is no file ${named}`, "Give --vars the path of a file like .dev.vars.example");
  return named ?? devVars;
}

/** The user's settings: .dev.vars as dotenv text, empty when there is none. */
export function readOwn(file = devVars) {
  return existsSync(file) ? parseDotenv(readFileSync(file, "utf8")) : {};
}

/** Every setting of the Worker, as .dev.vars.example lists them (ports are npm start's alone, the management client npm run tenant's). */
export function settingNames() {
  const example = readFileSync(inRoot(".dev.vars.example"), "utf8");
  return [...example.matchAll(/^# ?([A-Z][A-Z0-9_]*)=/gm)].map(([, name]) => name).filter(isWorkers);
}

/** Of these settings, those that a Worker may have. */
export const workerSettings = (settings) =>
  Object.fromEntries(Object.entries(settings).filter(([name]) => isWorkers(name) || mayLink(settings, name)));

/** Whether a setting of the management client goes to a Worker that has these settings. */
const mayLink = (settings, name) => settings.ACCOUNT_LINKING === "1" && managementSettings.includes(name);

/** Names of the settings that a Worker with these settings may have. */
export const namesFor = (settings) => [...settingNames(), ...managementSettings.filter((name) => mayLink(settings, name))];

const isWorkers = (name) => !(name in portSettings) && !managementSettings.includes(name);

/**
 * All settings for a local run: the user's, completed by the offline world's where the user names no tenant or no model.
 * `offline` says which of the two are the offline world's.
 */
export function localSettings(ports, own = readOwn()) {
  const ownModel = own.OPENAI_API_KEY || own.ANTHROPIC_API_KEY || own.GEMINI_API_KEY || own.OPENAI_BASE_URL || own.MODEL_API === "workers-ai";
  const offline = { tenant: !own.AUTH0_DOMAIN, model: !ownModel };
  const base = { BASE_URL: `http://localhost:${ports.PORT}`, AUTH0_SESSION_ENCRYPTION_KEY: sessionKey() };
  const named = own.AUTH0_CUSTOM_API_CLIENT_ID || own.AUTH0_CUSTOM_API_CLIENT_SECRET;
  const apiClient =
    offline.tenant && !named ? { AUTH0_CUSTOM_API_CLIENT_ID: offlineApiClient.id, AUTH0_CUSTOM_API_CLIENT_SECRET: offlineApiClient.secret } : {};
  const linkingNamed = own.AUTH0_MANAGEMENT_CLIENT_ID || own.AUTH0_MANAGEMENT_CLIENT_SECRET || own.ACCOUNT_LINKING;
  const linking = offline.tenant && !linkingNamed ? linkingSettings : {};
  const allowed = offline.tenant && !named ? { AUTH0_ALLOWED_CLIENTS: offlineClients.join(",") } : {};
  const mcpNamed = own.MCP_AUTH0_CLIENT_ID || own.MCP_AUTH0_CLIENT_SECRET;
  const mcpClient = offline.tenant && !mcpNamed ? { MCP_AUTH0_CLIENT_ID: offlineMcpClient.id, MCP_AUTH0_CLIENT_SECRET: offlineMcpClient.secret } : {};
  const settings = {
    ...base,
    ...apiClient,
    ...linking,
    ...mcpClient,
    ...allowed,
    ...(offline.tenant ? offlineTenant(ports) : {}),
    ...(offline.model ? offlineModel(ports, own) : {}),
    ...own,
  };
  for (const name of Object.keys(portSettings)) delete settings[name];
  for (const name of Object.keys(settings)) if (settings[name] === "") delete settings[name];
  return { settings, offline };
}

/** What is missing or contradictory in settings: a list of { name, what, fix }, values never shown. */
export function settingsProblems(settings) {
  const problems = [];
  const add = (name, what, fix) => problems.push({ name, what, fix });
  const required = ["AUTH0_DOMAIN", "AUTH0_CLIENT_ID", "AUTH0_AUDIENCE", "AUTH0_SESSION_ENCRYPTION_KEY", "BASE_URL"];
  for (const name of required) if (!settings[name]) add(name, "is missing", `Set ${name} (see .dev.vars.example)`);
  if (!settings.AUTH0_CLIENT_SECRET && !settings.AUTH0_CLIENT_PRIVATE_KEY)
    add("AUTH0_CLIENT_SECRET", "is missing", "Set AUTH0_CLIENT_SECRET, or AUTH0_CLIENT_PRIVATE_KEY instead");
  if (settings.AUTH0_CLIENT_SECRET && settings.AUTH0_CLIENT_PRIVATE_KEY)
    add("AUTH0_CLIENT_PRIVATE_KEY", "is set together with AUTH0_CLIENT_SECRET", "Keep one of the two");
  if (Boolean(settings.AUTH0_CUSTOM_API_CLIENT_ID) !== Boolean(settings.AUTH0_CUSTOM_API_CLIENT_SECRET))
    add("AUTH0_CUSTOM_API_CLIENT_ID", "and AUTH0_CUSTOM_API_CLIENT_SECRET go together", "Set both or none");
  if (settings.ACCOUNT_LINKING === "1" && !(settings.AUTH0_MANAGEMENT_CLIENT_ID && settings.AUTH0_MANAGEMENT_CLIENT_SECRET))
    add("ACCOUNT_LINKING", "needs a client", "Set AUTH0_MANAGEMENT_CLIENT_ID and AUTH0_MANAGEMENT_CLIENT_SECRET, or remove ACCOUNT_LINKING");
  if (Boolean(settings.MCP_AUTH0_CLIENT_ID) !== Boolean(settings.MCP_AUTH0_CLIENT_SECRET))
    add("MCP_AUTH0_CLIENT_ID", "and MCP_AUTH0_CLIENT_SECRET go together", "Set both or none");
  if (/[/:]\/|\/$/.test(settings.AUTH0_DOMAIN ?? "")) add("AUTH0_DOMAIN", "is a URL", "Give the host alone, such as your-tenant.eu.auth0.com");
  for (const name of urlSettings) if (settings[name] && !URL.canParse(settings[name])) add(name, "is no URL", `Give ${name} as https://…`);
  if (settings.CONNECTION_TOOLS && !isJsonList(settings.CONNECTION_TOOLS)) add("CONNECTION_TOOLS", "is no JSON list", "See docs/data-tools.md");
  checkModel(settings, add);
  checkEmbeddings(settings, add);
  checkFga(settings, add);
  checkIssuer(settings, add);
  checkBaseUrl(settings, add);
  checkKeyRing(settings.AUTH0_SESSION_ENCRYPTION_KEY, add);
  return problems;
}

/** Throws one Problem that names every wrong setting and its fix. */
export function refuseProblems(problems) {
  if (problems.length === 0) return;
  const names = problems.map(({ name, what }) => `${name} ${what}`).join("; ");
  throw new Problem(`Settings: ${names}`, problems.map(({ fix }) => fix).join("\n"));
}

/** dotenv text with every value quoted so that it comes back unchanged. */
export function toDotenv(settings) {
  const quoted = Object.entries(settings).map(([name, value]) => {
    const quote = ["'", "`", '"'].find((mark) => !value.includes(mark));
    if (!quote) throw new Problem(`${name} holds all three kinds of quotes`, `Remove one kind from ${name}`);
    // wrangler expands $NAME in such files.
    return `${name}=${quote}${value.replaceAll("$", "\\$")}${quote}`;
  });
  return `${quoted.join("\n")}\n`;
}

/** The settings in dotenv text. */
export function parseDotenv(text) {
  // Node 20 takes a comment after an empty value for a setting.
  return Object.fromEntries(Object.entries(parseEnv(text)).filter(([name]) => !name.startsWith("#")));
}

const urlSettings = [
  "AUTH0_ISSUER",
  "BASE_URL",
  "OPENAI_BASE_URL",
  "EMBEDDINGS_BASE_URL",
  "GOOGLE_API_BASE_URL",
  "GITHUB_API_BASE_URL",
  "SLACK_API_BASE_URL",
  "SALESFORCE_INSTANCE_URL",
  "SHOP_API_URL",
  "STOCK_API_URL",
  "FGA_API_URL",
  "MCP_SERVER_URL",
  "API_BASE_URL",
];

function offlineTenant(ports) {
  const providers = `http://127.0.0.1:${ports.OFFLINE_PROVIDERS_PORT}`;
  return {
    AUTH0_DOMAIN: `localhost:${ports.OFFLINE_PORT}`,
    AUTH0_ISSUER: `http://localhost:${ports.OFFLINE_PORT}/`,
    DEPUTY_DEV: "1",
    AUTH0_CLIENT_ID: offlineClient.id,
    AUTH0_CLIENT_SECRET: offlineClient.secret,
    AUTH0_AUDIENCE: "https://deputy.example/api",
    GOOGLE_API_BASE_URL: `${providers}/google`,
    GITHUB_API_BASE_URL: `${providers}/github`,
    SLACK_API_BASE_URL: `${providers}/slack/api`,
    SALESFORCE_INSTANCE_URL: `${providers}/salesforce`,
    SHOP_API_URL: `${providers}/shop/orders`,
    SHOP_API_AUDIENCE: "sample-shop-api",
    STOCK_API_URL: `${providers}/stock/orders`,
    STOCK_API_AUDIENCE: "sample-stock-api",
  };
}

function offlineModel(ports, own) {
  const version = modelApi(own) === "gemini" ? "v1beta" : "v1";
  return { OPENAI_API_KEY: "offline", OPENAI_BASE_URL: `http://127.0.0.1:${ports.OFFLINE_MODEL_PORT}/${version}` };
}

/** What MODEL_API may be, the former spellings of chat completions too. */
const modelApis = ["completions", "chat_completions", "chat", "responses", "anthropic", "gemini", "workers-ai"];
/** APIs of one provider: its host, and the setting that holds its key. */
const providerApis = {
  anthropic: { host: "anthropic.com", key: "ANTHROPIC_API_KEY" },
  gemini: { host: "generativelanguage.googleapis.com", key: "GEMINI_API_KEY" },
};

/** The API of the model: as set, else by the host of the base URL. */
function modelApi({ MODEL_API: named, OPENAI_BASE_URL: base }) {
  if (named) return named;
  const found = Object.entries(providerApis).find(([, { host }]) => isAtHost(base, host));
  // Google has chat completions too, below a path of their own.
  return found && !new URL(base).pathname.includes("/openai") ? found[0] : "completions";
}

function isAtHost(url, host) {
  if (!url || !URL.canParse(url)) return false;
  const { hostname } = new URL(url);
  return hostname === host || hostname.endsWith(`.${host}`);
}

function checkModel(settings, add) {
  const api = modelApi(settings);
  if (!modelApis.includes(api)) {
    const names = modelApis.filter((name) => !name.startsWith("chat")).join(", ");
    return add("MODEL_API", "is no API of a model", `Set MODEL_API to one of ${names}`);
  }
  // A binding needs no key, and a server of one's own may ask for none.
  if (api === "workers-ai" || settings.OPENAI_BASE_URL) return;
  const key = providerApis[api]?.key ?? "OPENAI_API_KEY";
  if (settings[key] || settings.OPENAI_API_KEY) return;
  const [meant] = Object.entries(providerApis).find(([, other]) => settings[other.key]) ?? [];
  const fix = meant ? `MODEL_API=${meant} for the key that is there` : "OPENAI_BASE_URL to a server that asks for no key (see .dev.vars.example)";
  add(key, "is missing", `Set ${key}, or ${fix}`);
}

/** Who makes vectors of documents: named whole or not at all. */
function checkEmbeddings({ EMBEDDINGS_BASE_URL: base, EMBEDDINGS_MODEL: model, EMBEDDINGS_API_KEY: key }, add) {
  const fix = "Set both EMBEDDINGS_BASE_URL and EMBEDDINGS_MODEL, or no EMBEDDINGS_… setting";
  if (!base && (model || key)) add("EMBEDDINGS_BASE_URL", "is missing", fix);
  if (base && !model) add("EMBEDDINGS_MODEL", "is missing", fix);
}

const FGA_ALONE = "FGA_API_URL to use a service, or take the setting away";

/** Who decides about documents: a service with what it needs, or nothing but what the embedded model has. */
function checkFga(settings, add) {
  const set = (name) => Boolean(settings[name]);
  const client = ["FGA_CLIENT_ID", "FGA_CLIENT_SECRET", "FGA_API_TOKEN_ISSUER", "FGA_API_AUDIENCE"].filter(set);
  const token = set("FGA_API_TOKEN");
  const { FGA_API_URL: url, FGA_RELATION: relation = "can_view", FGA_OBJECT_TYPE: type = "doc", FGA_USER_FORMAT: format = "user:{sub}" } = settings;
  if (token && client.length > 0) add("FGA_API_TOKEN", `is set together with ${client[0]}`, "Keep the key (OpenFGA) or the client (Auth0 FGA)");
  if (client.length > 0)
    for (const name of ["FGA_CLIENT_ID", "FGA_CLIENT_SECRET"]) if (!set(name)) add(name, "is missing", `Set ${name}, or take ${client[0]} away`);
  for (const [name, value] of Object.entries({ FGA_RELATION: relation, FGA_OBJECT_TYPE: type }))
    if (!/^[^:#@*\s]{1,50}$/.test(value)) add(name, "is no name of a model", `Give ${name} as your authorization model has it`);
  const [, user] = /^([^:#@*\s]{1,50}):[^:#*\s{}]*\{(?:sub|email)\}[^:#*\s{}]*$/.exec(format) ?? [];
  if (!user) add("FGA_USER_FORMAT", "is no user with {sub} or {email}", "Set it to user:{sub} or user:{email}");
  if (type === "folder" || type === user) add("FGA_OBJECT_TYPE", "is the type of folders or users", "Give documents a type of their own");
  if (url) return checkStore(settings, add, token || client.length > 0);
  if (token || client.length > 0 || set("FGA_STORE_ID")) add("FGA_API_URL", "is missing", "Set FGA_API_URL, or take the other FGA_… settings away");
  if (relation !== "can_view") add("FGA_RELATION", "is not that of the embedded model", `Set ${FGA_ALONE}`);
  if (user && user !== "user") add("FGA_USER_FORMAT", "is not in the embedded model", `Set ${FGA_ALONE}`);
}

function checkStore({ FGA_API_URL: url, FGA_STORE_ID: store, FGA_MODEL_ID: model }, add, secrets) {
  const isId = (id) => /^[0-9A-HJKMNP-TV-Z]{26}$/.test(id);
  if (!store) add("FGA_STORE_ID", "is missing", "Copy the store's id from the dashboard");
  for (const [name, id] of Object.entries({ FGA_STORE_ID: store, FGA_MODEL_ID: model }))
    if (id && !isId(id)) add(name, "is no id", `Copy ${name}: 26 digits and capital letters`);
  if (secrets && URL.canParse(url) && new URL(url).protocol === "http:" && !isLoopback(new URL(url).hostname))
    add("FGA_API_URL", "is not https", "Use https where credentials are sent");
}

/** One random key of this clone, so that sessions outlive a restart. */
function sessionKey() {
  const file = join(cache, "session-encryption-key");
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `local1:${randomBytes(32).toString("base64")}`, { mode: 0o600 });
  }
  return readFileSync(file, "utf8").trim();
}

function checkIssuer({ AUTH0_ISSUER: issuer, DEPUTY_DEV: dev }, add) {
  if (!issuer || !URL.canParse(issuer)) return;
  const url = new URL(issuer);
  if (!issuer.endsWith("/")) add("AUTH0_ISSUER", "lacks its trailing slash", "End AUTH0_ISSUER with /");
  if (url.protocol === "https:") return;
  if (!isLoopback(url.hostname) || dev !== "1") add("AUTH0_ISSUER", "is not https", "Use https; http is for loopback hosts with DEPUTY_DEV=1 only");
}

function checkBaseUrl({ BASE_URL: base, AUTH0_ISSUER: issuer }, add) {
  if (!base || !URL.canParse(base)) return;
  const url = new URL(base);
  if (url.origin !== base.replace(/\/$/, "")) add("BASE_URL", "is more than an origin", "Give scheme, host and port alone");
  if (url.protocol !== "https:" && !isLoopback(url.hostname)) add("BASE_URL", "is not https", "Use https for every host but this machine's own");
  if (url.protocol === "https:" && issuer?.startsWith("http:"))
    add("AUTH0_ISSUER", "is http while BASE_URL is https", "Use the tenant's https issuer");
}

function checkKeyRing(ring, add) {
  if (!ring) return;
  const fix = "Make one with: node -p \"'k1:' + crypto.randomBytes(32).toString('base64')\"";
  const entries = ring.split(",").map((entry) => entry.trim());
  const looksLikeRing = entries.every((entry) => /^[\w.-]+:[A-Za-z0-9+/_-]+={0,2}$/.test(entry));
  const isRing = looksLikeRing && entries.every((entry) => Buffer.from(entry.slice(entry.indexOf(":") + 1), "base64").length === 32);
  if (isRing) {
    const ids = entries.map((entry) => entry.split(":")[0]);
    if (new Set(ids).size !== ids.length) add("AUTH0_SESSION_ENCRYPTION_KEY", "names a key id twice", "Give every key its own id");
  } else if (ring.length < 32) {
    add("AUTH0_SESSION_ENCRYPTION_KEY", "is neither a key ring nor a passphrase of 32 characters or more", fix);
  }
}

function isJsonList(text) {
  try {
    return Array.isArray(JSON.parse(text));
  } catch {
    return false;
  }
}

const isLoopback = (host) => host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || host.startsWith("127.");
