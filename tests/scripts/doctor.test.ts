// `npm run doctor` against an offline world that is set up, and against one with each of many mistakes.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { toDotenv } from "../../scripts/lib/settings.mjs";
import { freePorts, startOffline, type OfflineWorld } from "../harness/index.ts";
import { inRoot } from "../harness/paths.ts";

interface Finding {
  good: boolean;
  name: string;
  code?: string;
  cause?: string;
  fix?: string;
  setting?: string;
}

const APP = "http://localhost:3999";
const PARTS = ["settings", "tenant", "model", "providers"];

let offline: OfflineWorld;
let directory: string;
before(async () => {
  offline = await startOffline({ appBaseUrl: APP });
  directory = mkdtempSync(join(tmpdir(), "deputy-doctor-"));
});
beforeEach(async () => {
  await offline.reset();
  await offline.clock(0);
});
after(async () => {
  await offline?.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** The settings of a run of one's own: an offline world stands for the tenant, and everything is named. */
const good = (): Record<string, string> => ({
  ...offline.settings(),
  AUTH0_SESSION_ENCRYPTION_KEY: "a passphrase of more than 32 characters",
});

/** Runs the doctor; what it printed and its exit code. */
async function run(settings: Record<string, string>, ...args: string[]): Promise<{ text: string; code: number | null }> {
  const file = join(directory, "vars");
  writeFileSync(file, toDotenv(settings));
  const env = { ...process.env, DOCTOR_TIMEOUT_SECONDS: "2" };
  const child = spawn(process.execPath, [inRoot("scripts/doctor.mjs"), "--vars", file, ...args], { env });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += String(chunk)));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  for (const [name, value] of Object.entries(settings).filter(([name]) => /SECRET|_KEY$|PRIVATE/.test(name)))
    if (value.length >= 8) assert.ok(!text.includes(value), `${name} is shown: ${text}`);
  return { text, code };
}

async function findings(settings: Record<string, string>, parts = PARTS): Promise<Finding[]> {
  const { text } = await run(settings, "--json", ...parts);
  return JSON.parse(text) as Finding[];
}

/** What is wrong, and nothing else is. */
async function wrong(settings: Record<string, string>, parts?: string[]): Promise<Finding[]> {
  return (await findings(settings, parts)).filter((finding) => !finding.good);
}

test("a world that is set up has nothing to repair; what to register is said", async () => {
  const { text, code } = await run(good(), ...PARTS);
  assert.equal(code, 0, text);
  for (const words of [
    "Nothing to repair",
    `Discovery: ${offline.issuer}`,
    "Clock: the tenant's and this machine's agree",
    "Client authentication: the tenant knows the application",
    "Grant Refresh Token: on",
    "Grant Token Vault: on",
    "Grant Client Initiated Backchannel Authentication (CIBA): on",
    "Custom API client: the tenant knows it",
    "My Account API: there",
    "API sample-stock-api: there",
    `Log-out: ${APP} is registered`,
    `Back-Channel Logout URI ${APP}/auth/backchannel-logout`,
    "with a tool: calls it",
    "Google: ",
  ])
    assert.ok(text.includes(words), `${words} in ${text}`);
  const pushed = (await offline.control("GET", "/approvals")) as unknown[];
  assert.deepEqual(pushed, [], "nobody's phone rang");
});

/** A mistake: how it is made, the finding's code, and the setting it hangs on. */
interface Mistake {
  settings?: Record<string, string>;
  world?: () => Promise<unknown>;
  code: string;
  setting?: string;
  /** Findings that follow from it. */
  also?: string[];
}

const client = (change: Record<string, unknown>) => offline.control("PATCH", "/clients/deputy-offline", change);
const grantsWithout = (word: string) =>
  client({
    grant_types: [
      "authorization_code",
      "refresh_token",
      "urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token",
      "urn:openid:params:grant-type:ciba",
    ].filter((grant) => !grant.includes(word)),
  });
const discovery = { service: "tenant", path_prefix: "/.well-known/openid-configuration" } as const;
const jwks = { service: "tenant", path_prefix: "/.well-known/jwks.json" } as const;
const completions = { service: "model", path_prefix: "/v1/chat/completions" } as const;

const mistakes: Record<string, Mistake> = {
  "wrong client secret": { settings: { AUTH0_CLIENT_SECRET: "not-the-secret-at-all" }, code: "client_credentials", setting: "AUTH0_CLIENT_SECRET" },
  "a private key the tenant does not know": {
    settings: { AUTH0_CLIENT_SECRET: "", AUTH0_CLIENT_PRIVATE_KEY: privateKey() },
    code: "client_credentials",
    setting: "AUTH0_CLIENT_PRIVATE_KEY",
  },
  "a private key that is none": {
    settings: { AUTH0_CLIENT_SECRET: "", AUTH0_CLIENT_PRIVATE_KEY: "-----BEGIN PRIVATE KEY-----\nbm9uZQ==\n-----END PRIVATE KEY-----" },
    code: "client_key_unreadable",
    setting: "AUTH0_CLIENT_PRIVATE_KEY",
  },
  "unknown client": {
    settings: { AUTH0_CLIENT_ID: "nobody" },
    code: "client_credentials",
    setting: "AUTH0_CLIENT_SECRET",
    also: ["client_unknown", "logout_not_registered"],
  },
  "Authorization Code off": { world: () => grantsWithout("authorization_code"), code: "grant_off", setting: "AUTH0_CLIENT_ID", also: ["grant_off"] },
  "Refresh Token off": { world: () => grantsWithout("refresh_token"), code: "grant_off", setting: "AUTH0_CLIENT_ID" },
  "Token Vault off": { world: () => grantsWithout("token-exchange"), code: "grant_off", setting: "AUTH0_CLIENT_ID" },
  "CIBA off": { world: () => grantsWithout("ciba"), code: "grant_off", setting: "AUTH0_CLIENT_ID" },
  "refresh tokens rotate": {
    world: () => client({ refresh_token: { rotation_type: "rotating", policies: [] } }),
    code: "refresh_token_rotation",
    setting: "AUTH0_CLIENT_ID",
  },
  "tokens have to be bound to a key": {
    world: () => client({ require_proof_of_possession: true }),
    code: "dpop_required",
    setting: "AUTH0_CLIENT_ID",
  },
  "pushed requests only": { world: () => client({ require_pushed_authorization_requests: true }), code: "par_required", setting: "AUTH0_CLIENT_ID" },
  "callback not registered": { world: () => client({ callbacks: [`${APP}/callback`] }), code: "callback_not_registered", setting: "BASE_URL" },
  "log-out address registered with a slash": {
    world: () => client({ allowed_logout_urls: [`${APP}/`] }),
    code: "logout_not_registered",
    setting: "BASE_URL",
  },
  "no log-out address, at a tenant without the standard's endpoint": {
    world: async () => {
      await offline.control("PATCH", "/policies", { rp_logout_discovery: false });
      await client({ allowed_logout_urls: [] });
    },
    code: "logout_not_registered",
    setting: "BASE_URL",
  },
  "wrong audience": { settings: { AUTH0_AUDIENCE: "https://deputy.example/wrong" }, code: "audience_unknown", setting: "AUTH0_AUDIENCE" },
  "My Account API not activated": {
    world: () => offline.control("DELETE", `/apis/${encodeURIComponent(`${offline.issuer}me/`)}`),
    code: "api_missing",
    setting: "AUTH0_DOMAIN",
  },
  "an approval's API not registered": { settings: { STOCK_API_AUDIENCE: "no-such-exchange" }, code: "api_missing", setting: "STOCK_API_AUDIENCE" },
  "wrong secret of the Custom API client": {
    settings: { AUTH0_CUSTOM_API_CLIENT_SECRET: "wrong-secret-of-that-client" },
    code: "custom_api_client_credentials",
    setting: "AUTH0_CUSTOM_API_CLIENT_SECRET",
  },
  "the Custom API client may not exchange": {
    world: () => offline.control("PATCH", "/clients/deputy-offline-api", { grant_types: ["client_credentials"] }),
    code: "custom_api_client_grant",
    setting: "AUTH0_CUSTOM_API_CLIENT_ID",
  },
  "discovery of another issuer": {
    world: () => offline.fault({ ...discovery, status: 200, body: { issuer: "https://login.acme.example/" } }),
    code: "discovery_issuer",
    setting: "AUTH0_DOMAIN",
  },
  "no discovery": {
    world: () => offline.fault({ ...discovery, status: 404, body: "<h1>Not here</h1>" }),
    code: "discovery_missing",
    setting: "AUTH0_DOMAIN",
  },
  "a page instead of discovery": {
    world: () => offline.fault({ ...discovery, status: 200, body: "<h1>Welcome</h1>" }),
    code: "discovery_missing",
    setting: "AUTH0_DOMAIN",
  },
  "tenant down": { world: () => offline.fault({ ...discovery, status: 503 }), code: "tenant_down", setting: "AUTH0_DOMAIN" },
  "tenant limits": {
    world: () =>
      offline.fault({
        service: "tenant",
        path_prefix: "/oauth/token",
        body_contains: "authorization_code",
        status: 429,
        body: { error: "too_many_requests" },
      }),
    code: "tenant_rate_limited",
  },
  "no signing keys": {
    world: () => offline.fault({ ...jwks, status: 200, body: { keys: [] } }),
    code: "jwks_no_usable_key",
    setting: "AUTH0_DOMAIN",
  },
  "only keys of another kind": {
    world: () => offline.fault({ ...jwks, status: 200, body: { keys: [{ kty: "EC", kid: "k", crv: "P-256", x: "AA", y: "AA" }, null] } }),
    code: "jwks_no_usable_key",
    setting: "AUTH0_DOMAIN",
  },
  "keys cannot be had": { world: () => offline.fault({ ...jwks, status: 500 }), code: "jwks_unavailable", setting: "AUTH0_DOMAIN" },
  "tenant hangs": { world: () => offline.fault({ ...discovery, delay_ms: 4_000 }), code: "tenant_unreachable", setting: "AUTH0_DOMAIN" },
  "tenant drops connections": { world: () => offline.fault({ ...discovery, drop: true }), code: "tenant_unreachable", setting: "AUTH0_DOMAIN" },
  "clocks apart": { world: () => offline.clock(-120_000), code: "clock_skew" },
  "model key refused": {
    world: () => offline.fault({ ...completions, status: 401, body: { error: { message: "Incorrect API key provided", code: "invalid_api_key" } } }),
    code: "model_key",
    setting: "OPENAI_API_KEY",
  },
  "model unknown": {
    world: () =>
      offline.fault({ ...completions, status: 404, body: { error: { message: "The model `gpt-x` does not exist", code: "model_not_found" } } }),
    code: "model_unknown",
    setting: "MODEL",
  },
  "model without tools": {
    world: () =>
      offline.fault({ ...completions, body_contains: '"tools"', status: 400, body: { error: { message: "This model does not support tools" } } }),
    code: "model_no_tools",
    setting: "MODEL",
  },
  "model that calls nothing": {
    world: () => offline.rules({ rules: [{ name: "no call", when: "time is it", say: "About noon." }] }),
    code: "model_calls_no_tool",
    setting: "MODEL",
  },
  "model quota used up": {
    world: () =>
      offline.fault({ ...completions, status: 429, body: { error: { message: "You exceeded your current quota", code: "insufficient_quota" } } }),
    code: "model_quota",
    setting: "OPENAI_API_KEY",
  },
  "model down": { world: () => offline.fault({ ...completions, status: 502, body: "bad gateway" }), code: "model_down", setting: "OPENAI_BASE_URL" },
  "model's path missing": {
    world: () => Promise.resolve(),
    settings: { OPENAI_BASE_URL: "MODEL_ORIGIN" },
    code: "model_endpoint",
    setting: "OPENAI_BASE_URL",
  },
  "nothing at the model's address": { settings: { OPENAI_BASE_URL: "CLOSED" }, code: "model_unreachable", setting: "OPENAI_BASE_URL" },
  "nothing at a provider's address": { settings: { GITHUB_API_BASE_URL: "CLOSED" }, code: "provider_unreachable", setting: "GITHUB_API_BASE_URL" },
  "nothing at the shop": { settings: { SHOP_API_URL: "CLOSED" }, code: "provider_unreachable", setting: "SHOP_API_URL" },
  "no tenant at that address": { settings: { AUTH0_ISSUER: "CLOSED" }, code: "tenant_unreachable", setting: "AUTH0_DOMAIN" },
};

for (const [what, { settings = {}, world, code, setting, also = [] }] of Object.entries(mistakes)) {
  test(`doctor: ${what} is found, with cause, fix and setting`, async () => {
    await world?.();
    const [closed] = await freePorts(1);
    const stands: Record<string, string> = {
      CLOSED: `http://localhost:${closed}/`,
      MODEL_ORIGIN: `http://127.0.0.1:${offline.ports.model}`,
    };
    const changed = Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, stands[value] ?? value]));
    const all = Object.fromEntries(Object.entries({ ...good(), ...changed }).filter(([, value]) => value !== ""));
    const [found, ...rest] = await wrong(all);
    assert.ok(found, "something is found");
    assert.deepEqual([found.code, found.setting], [code, setting], JSON.stringify(found));
    assert.ok((found.cause?.length ?? 0) > 5 && (found.fix?.length ?? 0) > 10, JSON.stringify(found));
    assert.deepEqual(
      rest.map((finding) => finding.code),
      also,
      JSON.stringify(rest),
    );
  });
}

test("doctor: it ends with 1, names cause, fix and setting in words, and looks at the parts it is asked for", async () => {
  const { text, code } = await run({ ...good(), AUTH0_CLIENT_SECRET: "not-the-secret-at-all" }, "tenant");
  assert.equal(code, 1);
  assert.match(text, /✗ Client authentication: the tenant does not accept the application's credentials\n {2}→ Compare AUTH0_CLIENT_ID/);
  assert.match(text, /Setting: AUTH0_CLIENT_SECRET/);
  assert.match(text, /1 to look at/);
  assert.ok(!/Model|Providers|Tools/.test(text), "only the tenant");
  const unknown = await run(good(), "horoscope");
  assert.equal(unknown.code, 1);
  assert.match(unknown.text, /no part horoscope[\s\S]*tools, settings, ports, tenant, model, providers/);
});

test("doctor: a secret that a server repeats is not shown", async () => {
  const key = "sk-this-is-a-model-key-0123456789";
  await offline.fault({ ...completions, status: 401, body: { error: { message: `Incorrect API key provided: ${key}` } } });
  const { text } = await run({ ...good(), OPENAI_API_KEY: key }, "model");
  assert.match(text, /Incorrect API key provided: •••/);
});

test("doctor: nothing is asked of an offline world that is not running", async () => {
  const names = ["PORT", "OFFLINE_PORT", "OFFLINE_PROVIDERS_PORT", "OFFLINE_MODEL_PORT", "OFFLINE_CONTROL_PORT", "OFFLINE_FGA_PORT"];
  const ports = await freePorts(names.length);
  const { text, code } = await run(Object.fromEntries(names.map((name, index) => [name, String(ports[index])])), ...PARTS);
  assert.equal(code, 0, text);
  assert.match(text, /The offline tenant is asked while npm start runs[\s\S]*The scripted model is asked[\s\S]*Nothing to repair/);
});

function privateKey(): string {
  return generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "pem" }).toString().trim();
}
