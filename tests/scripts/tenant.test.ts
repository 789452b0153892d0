// `npm run tenant` against the offline tenant's Management API: the round trip, and every way in which it may be cut off.
import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { parseDotenv, toDotenv } from "../../scripts/lib/settings.mjs";
import { HttpClient, startOffline, type Fault, type OfflineWorld } from "../harness/index.ts";
import { inRoot } from "../harness/paths.ts";

const APP = "http://localhost:3999";
const AUDIENCE = "https://agent.test.example/api";
/** What the Worker of that application has as `MCP_AUDIENCE` unless it is set. */
const MCP = `${APP}/mcp`;
const NOTHING = "Nothing to change";

let offline: OfflineWorld;
let directory: string;
let file: string;
before(async () => {
  offline = await startOffline({ appBaseUrl: "http://localhost:3998" });
  directory = mkdtempSync(join(tmpdir(), "deputy-tenant-"));
  file = join(directory, "vars");
});
beforeEach(async () => {
  await offline.reset();
  await withoutMcp();
  provider = {};
  writeFileSync(file, `# my own comment\n${toDotenv(settings())}`);
});
after(async () => {
  await offline?.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** What somebody has before the first `apply`: a tenant and a client for its Management API. */
const settings = (): Record<string, string> => ({
  AUTH0_DOMAIN: `localhost:${offline.ports.tenant}`,
  AUTH0_ISSUER: offline.issuer,
  DEPUTY_DEV: "1",
  AUTH0_MANAGEMENT_CLIENT_ID: "deputy-offline-management",
  AUTH0_MANAGEMENT_CLIENT_SECRET: "offline-management-secret-not-a-real-one",
  BASE_URL: APP,
  AUTH0_AUDIENCE: AUDIENCE,
});

/** The clients at providers, in the environment of the command. */
let provider: Record<string, string> = {};

const vars = () => parseDotenv(readFileSync(file, "utf8")) as Record<string, string>;

interface Ended {
  text: string;
  code: number | null;
}

function start(...args: string[]): ChildProcess {
  const env = { ...process.env, ...provider, DOCTOR_TIMEOUT_SECONDS: "5" };
  return spawn(process.execPath, [inRoot("scripts/tenant.mjs"), ...args, "--vars", file], { env, stdio: ["ignore", "pipe", "pipe"] });
}

/** Runs the command; nothing secret is ever printed. */
async function run(...args: string[]): Promise<Ended> {
  const child = start(...args);
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (text += String(chunk)));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  for (const [name, value] of Object.entries(vars())) if (/SECRET/.test(name)) assert.ok(!text.includes(value), `${name} is shown: ${text}`);
  return { text, code };
}

async function good(...args: string[]): Promise<string> {
  const { text, code } = await run(...args);
  assert.equal(code, 0, text);
  return text;
}

async function bad(...args: string[]): Promise<string> {
  const { text, code } = await run(...args);
  assert.equal(code, 1, text);
  return text;
}

const apply = () => good("apply", "--yes");

/** A call of the Management API, as somebody at the dashboard would make it. */
async function management<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T> {
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: "deputy-offline-management",
    client_secret: "offline-management-secret-not-a-real-one",
    audience: `${offline.issuer}api/v2/`,
  });
  const granted = (await (await fetch(`${offline.issuer}oauth/token`, { method: "POST", body: form })).json()) as { access_token: string };
  const headers = { authorization: `Bearer ${granted.access_token}`, "content-type": "application/json" };
  const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
  const answer = await fetch(`${offline.issuer}api/v2/${path}`, init);
  const text = await answer.text();
  assert.ok(answer.ok, text);
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

/** The offline tenant comes with what the MCP server needs; here that is to be made. */
async function withoutMcp(): Promise<void> {
  for (const { id } of await management<{ id: string }[]>("GET", "roles")) await management("DELETE", `roles/${id}`);
  const apis = await management<{ id: string; identifier: string }[]>("GET", "resource-servers?per_page=100");
  for (const { id, identifier } of apis) if (identifier === "http://localhost:8787/") await management("DELETE", `resource-servers/${id}`);
}

const fault = async (more: Partial<Fault>) => offline.fault({ service: "tenant", ...more });

/** Requests that change something at the tenant. */
async function changing(): Promise<number> {
  const seen = await offline.requests<{ method: string; path: string }>();
  return seen.filter(({ method, path }) => method !== "GET" && path.startsWith("/api/v2/")).length;
}

/** Ana logs in with the application of the settings; the tokens she gets. */
async function logIn(audience = AUDIENCE, scope = "agent:chat"): Promise<Record<string, string>> {
  const { AUTH0_CLIENT_ID: client_id = "", AUTH0_CLIENT_SECRET: client_secret = "" } = vars();
  const verifier = "a-verifier-of-at-least-forty-three-characters-0";
  const redirect_uri = `${APP}/auth/callback`;
  const asked = new URLSearchParams({
    response_type: "code",
    client_id,
    redirect_uri,
    scope: `openid profile offline_access ${scope}`,
    audience,
    state: "s",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
  });
  const client = new HttpClient(offline.issuer);
  const page = await client.get(`/authorize?${asked}`);
  const state = new URL(page.url).searchParams.get("state") ?? "";
  const ana = await offline.user("ana");
  const body = new URLSearchParams({ state, username: ana.email, password: ana.password, action: "default" });
  const end = await client.request("/u/login", { method: "POST", body, follow: false });
  const location = new URL(end.headers.get("location") ?? "", offline.issuer);
  assert.ok(location.href.startsWith(redirect_uri), `${location.href} ${end.text}`);
  const code = location.searchParams.get("code") ?? "";
  const form = new URLSearchParams({ grant_type: "authorization_code", client_id, client_secret, code, redirect_uri, code_verifier: verifier });
  const tokens = (await (await fetch(`${offline.issuer}oauth/token`, { method: "POST", body: form })).json()) as Record<string, string>;
  assert.ok(tokens.access_token, JSON.stringify(tokens));
  return tokens;
}

test("UA-02 TV-06 OA-07 AA-25 MC-06 MC-11 MC-21 MC-22 MC-24: plan, apply, empty plan, log-in, doctor, destroy", async () => {
  await management("PATCH", "tenants/settings", { resource_parameter_profile: "audience" });
  const before = await changing();
  const planned = await good("plan");
  for (const words of [
    "+ application Deputy  (UA-02",
    "+ api Deputy agent API",
    "+ api MCP Tools API  (MC-04, MC-06)",
    "+ role Tool Administrator",
    "+ profile urn:fastmcp:mcp  (MC-24)",
    'resource_parameter_profile: "audience" → "compatibility"',
    "By hand:",
  ])
    assert.ok(planned.includes(words), `${words} in ${planned}`);
  assert.equal(await changing(), before, "plan changes nothing");
  assert.equal(vars().AUTH0_CLIENT_ID, undefined);

  await apply();
  assert.match(await good("plan"), new RegExp(NOTHING));
  const made = await changing();
  assert.match(await apply(), new RegExp(NOTHING));
  assert.equal(await changing(), made, "nothing is done twice");

  const tokens = await logIn();
  assert.match(tokens.scope ?? "", /offline_access agent:chat/);
  const text = readFileSync(file, "utf8");
  assert.match(text, /^# my own comment\n/);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.ok(vars().AUTH0_CUSTOM_API_CLIENT_SECRET && vars().MCP_AUTH0_CLIENT_SECRET);

  const doctor = await good("doctor");
  assert.match(doctor, /Log-in: http:\/\/localhost:3999\/auth\/callback is registered, and the API https:\/\/agent\.test\.example\/api is there/);
  assert.match(doctor, /the tenant is as tenant\/tenant\.json says/);

  const removed = await good("destroy", "--yes");
  assert.match(removed, /application Deputy: removed/);
  assert.equal(vars().AUTH0_CLIENT_ID, undefined);
  const { clients } = await management<{ clients: { client_id: string }[] }>("GET", "clients?include_totals=true&per_page=100");
  assert.ok(
    clients.every(({ client_id }) => client_id.startsWith("deputy-offline")),
    "what others made is still there",
  );
  const apis = await management<{ identifier: string }[]>("GET", "resource-servers?per_page=100");
  assert.ok(apis.some(({ identifier }) => identifier === "sample-shop-api") && !apis.some(({ identifier }) => identifier === AUDIENCE));
  assert.match(await good("destroy", "--yes"), /Nothing to remove/);
});

test("MC-11 MC-18 MC-24: roles give the tools, and the MCP server exchanges its users' tokens, with what was made", async () => {
  await apply();
  const { MCP_AUTH0_CLIENT_ID: id = "", MCP_AUTH0_CLIENT_SECRET: secret = "" } = vars();
  const { grant_types } = await management<{ grant_types: string[] }>("GET", `clients/${id}`);
  assert.ok(
    grant_types.some((grant) => grant.endsWith(":federated-connection-access-token")),
    "the agent's tools at /mcp take from the vault",
  );
  const ana = await offline.user("ana");
  const roles = await management<{ id: string; name: string }[]>("GET", "roles");
  const administrator = roles.find(({ name }) => name === "Tool Administrator");
  await management("POST", `roles/${administrator?.id}/users`, { users: [ana.user_id] });
  const { access_token: other = "" } = await logIn();
  const exchange = async (subject_token: string) => {
    const grant_type = "urn:ietf:params:oauth:grant-type:token-exchange";
    const body = {
      grant_type,
      client_id: id,
      client_secret: secret,
      subject_token,
      subject_token_type: "urn:fastmcp:mcp",
      audience: "http://localhost:8787/",
    };
    return await fetch(`${offline.issuer}oauth/token`, { method: "POST", body: new URLSearchParams(body) });
  };
  const tools = await logIn(MCP, "tool:whoami tool:greet agent:tools");
  assert.match(tools.scope ?? "", /tool:whoami tool:greet agent:tools/);
  assert.equal((await exchange(tools.access_token ?? "")).status, 200);
  // A token for the agent's API is none for the MCP server: the Action's audience came through.
  assert.equal((await exchange(other)).status, 400);
});

test("a creation whose answer is lost is found again; a killed process goes on", async () => {
  await fault({ method: "POST", path_prefix: "/api/v2/resource-servers", drop: true, after: true, times: 1 });
  const text = await bad("apply", "--yes");
  assert.match(text, /run the command again/);
  await fault({ method: "PATCH", path_prefix: "/api/v2/connections", delay_ms: 3000, times: 1 });
  const child = start("apply", "--yes");
  // Its grant is made after the APIs and before the other applications: in the middle.
  const inTheMiddle = async () =>
    (await management<{ client_id: string }[]>("GET", "client-grants?subject_type=user")).some(({ client_id }) => client_id !== "deputy-offline");
  for (let tries = 0; tries < 500 && !(await inTheMiddle()); tries += 1) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(child.exitCode, null, "it is still at work");
  child.kill("SIGKILL");
  await new Promise((resolve) => child.on("close", resolve));
  await offline.clearFaults();
  await apply();
  assert.match(await good("plan"), new RegExp(NOTHING));
  await logIn();
  const removed = await good("destroy", "--yes");
  for (const name of ["api Deputy agent API", "api MCP Tools API", "role Tool User", "application Deputy"])
    assert.ok(removed.includes(`${name}: removed`), `${name} in ${removed}`);
});

test("an application is kept when its secret could not be written: the next run reads it", async () => {
  await apply();
  writeFileSync(file, toDotenv(settings()));
  assert.match(await good("plan"), /AUTH0_CLIENT_SECRET: •••/);
  await apply();
  await logIn();
  assert.match(await good("plan"), new RegExp(NOTHING));
});

test("limits are waited for, errors of a minute are asked again, and what was just made may not be everywhere yet", async () => {
  await offline.control("PATCH", "/policies", { rate_limit: { limit: 8, window: 1 } });
  await fault({ method: "GET", path_prefix: "/api/v2/roles", status: 503, times: 2 });
  await fault({ method: "POST", path_prefix: "/api/v2/client-grants", status: 404, body: { statusCode: 404 }, times: 2 });
  const text = await apply();
  assert.match(text, /limits requests/);
  await offline.control("PATCH", "/policies", { rate_limit: null });
  assert.match(await good("plan"), new RegExp(NOTHING));
});

test("what somebody made in the meantime is taken, and is not removed as ours if it was there before", async () => {
  const identifier = "sample-shop-api";
  await fault({ method: "POST", path_prefix: "/api/v2/roles", status: 409, body: { statusCode: 409, message: "in use" }, after: true, times: 1 });
  await apply();
  assert.match(await good("plan"), new RegExp(NOTHING));
  const removed = await good("destroy", "--yes");
  assert.ok(!removed.includes("api Shop") && !removed.includes("role Tool Administrator") && removed.includes("role Tool User: removed"), removed);
  const apis = await management<{ identifier: string }[]>("GET", "resource-servers?per_page=100");
  assert.ok(apis.some((api) => api.identifier === identifier));
});

test("an application that the settings name is taken over, and never removed", async () => {
  writeFileSync(file, toDotenv({ ...settings(), AUTH0_CLIENT_ID: "deputy-offline", AUTH0_CLIENT_SECRET: "what-was-there-before" }));
  const planned = await good("plan", "agent");
  assert.match(planned, /~ application Deputy/);
  assert.match(planned, /callbacks \+ http:\/\/localhost:3999\/auth\/callback/);
  await good("apply", "agent", "--yes");
  await logIn();
  const removed = await good("destroy", "--yes");
  assert.ok(!removed.includes("application Deputy: removed") && removed.includes("application Deputy API: removed"), removed);
  const client = await management<{ client_metadata?: object; callbacks: string[] }>("GET", "clients/deputy-offline");
  assert.deepEqual(client.client_metadata, {});
  assert.deepEqual(client.callbacks, ["http://localhost:3998/auth/callback", `${APP}/auth/callback`], "nothing went from its lists");
});

test("a grant of an application that was taken over keeps its scopes", async () => {
  const me = { audience: `${offline.issuer}me/`, scope: ["read:me:factors", "read:me:connected_accounts"], subject_type: "user" };
  await offline.control("PATCH", "/clients/deputy-offline", { client_grants: [me] });
  writeFileSync(file, toDotenv({ ...settings(), AUTH0_CLIENT_ID: "deputy-offline" }));
  const planned = await good("plan", "agent");
  assert.match(planned, /scope \+ create:me:connected_accounts/);
  assert.ok(!planned.includes("scope - "), planned);
});

test("what an earlier apply made is known by its own name: another API in the settings is not cut down and not removed", async () => {
  const theirs = "https://theirs.example/api";
  const scopes = [{ value: "theirs:read" }];
  const change = (SHOP_API_AUDIENCE: string) => writeFileSync(file, toDotenv({ ...vars(), SHOP_API_AUDIENCE }));
  const identifiers = async () => (await management<{ identifier: string }[]>("GET", "resource-servers?per_page=100")).map((api) => api.identifier);
  await management("POST", "resource-servers", { identifier: theirs, name: "Theirs", scopes });
  change("https://ours.example/shop");
  await apply();
  change(theirs);
  await apply();
  const kept = await management<{ identifier: string; scopes: { value: string }[] }[]>("GET", "resource-servers?per_page=100");
  assert.deepEqual(kept.find(({ identifier }) => identifier === theirs)?.scopes, [...scopes, { value: "product:buy" }]);
  assert.match(await bad("destroy", "--yes"), /remembers what else was made: api:shop:/);
  await good("destroy", "approvals", "--yes");
  assert.ok((await identifiers()).includes(theirs), "it was never ours");
  change("https://ours.example/shop");
  assert.match(await good("destroy", "--yes"), /api Shop: removed/);
  assert.ok((await identifiers()).includes(theirs) && !(await identifiers()).includes("https://ours.example/shop"));
});

test("the secret goes to nobody but the issuer that the settings name rightly", async () => {
  const wrong: [Record<string, string>, RegExp][] = [
    [{ AUTH0_ISSUER: "http://tenant.example/" }, /AUTH0_ISSUER is not https/],
    [{ AUTH0_ISSUER: offline.issuer.replace(/\/$/, "") }, /AUTH0_ISSUER lacks its trailing slash/],
    [{ DEPUTY_DEV: "" }, /AUTH0_ISSUER is not https/],
    [{ AUTH0_DOMAIN: "https://tenant.example/" }, /AUTH0_DOMAIN is a URL/],
    [{ BASE_URL: "http://app.example" }, /BASE_URL is not https/],
  ];
  const seen = async () => (await offline.requests()).length;
  const before = await seen();
  for (const [change, says] of wrong) {
    writeFileSync(file, toDotenv({ ...settings(), ...change }));
    assert.match(await bad("plan"), says);
  }
  assert.equal(await seen(), before);
});

test("the offline world is what the description says: nothing is to be changed in it", async () => {
  const { AUTH0_MANAGEMENT_CLIENT_ID = "", AUTH0_MANAGEMENT_CLIENT_SECRET = "" } = settings();
  writeFileSync(file, toDotenv({ ...offline.settings(), AUTH0_MANAGEMENT_CLIENT_ID, AUTH0_MANAGEMENT_CLIENT_SECRET }));
  // With what `withoutMcp` took away.
  await offline.reset();
  assert.match(await good("plan", "agent", "approvals"), new RegExp(NOTHING));
  const signs = (await good("plan", "mcp")).split("\n").filter((line) => /^[+~·] /.test(line));
  assert.deepEqual(
    signs.map((line) => line.replace(/ {2}\(.*/, "")),
    [
      // Descriptions of scopes, and a dialect, which nothing offline reads.
      "~ api MCP Tools API",
      "~ api Protected First Party API",
      // Every connection serves every client there.
      "~ connection Username-Password-Authentication",
      "~ connection google-oauth2",
      // A profile is checked by the double itself, which runs no Action.
      "+ action On-behalf-of token exchange for first-party apps",
      "~ deployment of On-behalf-of token exchange for first-party apps",
      "+ profile urn:fastmcp:mcp",
    ],
    "applications, audience, roles and permissions are the same",
  );
  assert.ok(!(await good("plan", "mcp")).includes("permissions"));
  assert.match(await good("destroy", "--yes"), /Nothing to remove/);
});

test("drift is a finding of the doctor and a line of the plan, and is set right", async () => {
  await apply();
  const { AUTH0_CLIENT_ID: id } = vars();
  await management("PATCH", `clients/${id}`, { callbacks: ["https://elsewhere.example/callback"], grant_types: ["authorization_code"] });
  await management("PATCH", "tenants/settings", { flags: { enable_dynamic_client_registration: true } });
  const planned = await good("plan");
  for (const line of [
    "callbacks - https://elsewhere.example/callback",
    "grant_types + refresh_token",
    "flags.enable_dynamic_client_registration: true → false",
  ])
    assert.ok(planned.includes(line), `${line} in ${planned}`);
  const doctor = await bad("doctor");
  assert.match(doctor, /application Deputy: differs: callbacks \+/);
  await apply();
  assert.match(await good("plan"), new RegExp(NOTHING));
});

test("MC-12 TV-33 IN-05: a connection keeps its other options, and is created only with the provider's client", async () => {
  const find = async (name: string) => (await management<{ id: string; options: object }[]>("GET", `connections?name=${name}`))[0];
  const google = await find("google-oauth2");
  const options = { client_id: "theirs", client_secret: "theirs-too", scope: ["email"] };
  await management("PATCH", `connections/${google?.id}`, { options });
  await management("DELETE", `connections/${(await find("salesforce"))?.id}`);
  const planned = await good("plan");
  assert.match(planned, /· connection salesforce: set SALESFORCE_CLIENT_ID and SALESFORCE_CLIENT_SECRET/);
  assert.match(planned, /is_domain_connection: false → true/);
  await apply();
  const after = await find("google-oauth2");
  assert.deepEqual(after?.options, { ...options, scope: ["openid", "profile", "email"], offline_access: true });
  assert.equal(await find("salesforce"), undefined);
});

test("a connection whose secret the tenant does not show is not changed without it", async () => {
  const find = async () => (await management<{ id: string; options: object }[]>("GET", "connections?name=google-oauth2"))[0];
  await management("PATCH", `connections/${(await find())?.id}`, { options: { client_id: "theirs", scope: ["email"] } });
  const before = (await find())?.options;
  assert.match(await bad("apply", "agent", "--yes"), /does not show the secret of the connection google-oauth2[\s\S]*GOOGLE_CLIENT_SECRET/);
  assert.deepEqual((await find())?.options, before);
  provider = { GOOGLE_CLIENT_ID: "theirs", GOOGLE_CLIENT_SECRET: "the-secret-of-theirs" };
  await good("apply", "agent", "--yes");
  const after = (await find())?.options as Record<string, unknown>;
  assert.equal(after.client_secret, "the-secret-of-theirs");
});

test("MC-13: who lacks scopes is told which; who has none of the settings is told those", async () => {
  const api = `${offline.issuer}api/v2/`;
  await offline.control("PATCH", "/clients/deputy-offline-management", { client_grants: [{ audience: api, scope: ["read:clients"] }] });
  const text = await bad("plan");
  assert.match(text, /lacks scopes: read:client_keys read:resource_servers read:client_grants/);
  assert.ok(!text.includes("create:"), "plan needs no more than it reads");
  await offline.control("PATCH", "/clients/deputy-offline-management", { client_grants: [] });
  assert.match(await bad("plan"), /Create a machine-to-machine application/);
  writeFileSync(file, "AUTH0_DOMAIN=localhost\n");
  assert.match(await bad("plan"), /AUTH0_MANAGEMENT_CLIENT_ID is missing/);
});

const answers: Record<string, Partial<Fault> & { says: RegExp }> = {
  "500 at the token endpoint": { path_prefix: "/oauth/token", status: 500, says: /status 500/ },
  "HTML at the token endpoint": { path_prefix: "/oauth/token", status: 200, body: "<p>Hello</p>", says: /something that is no token/ },
  "nothing at all": { path_prefix: "/oauth/token", drop: true, says: /no answer from localhost/ },
  "a token that is refused": { path_prefix: "/api/v2/clients", status: 401, body: { message: "Expired token" }, says: /status 401 Expired token/ },
  "a scope taken away": {
    path_prefix: "/api/v2/clients",
    status: 403,
    body: { message: "Insufficient scope, expected any of: read:clients" },
    says: /expected any of: read:clients[\s\S]*Grant the management client/,
  },
  "HTML in place of a list": { path_prefix: "/api/v2/clients", status: 200, body: "<p>Hello</p>", says: /GET clients: the answer is no JSON/ },
  "JSON without the list": {
    path_prefix: "/api/v2/connections",
    status: 200,
    body: {},
    says: /GET connections: the answer has no list of connections/,
  },
  "a limit of hours": { path_prefix: "/api/v2/clients", status: 429, headers: { "retry-after": "9000" }, says: /status 429[\s\S]*Wait a minute/ },
};
for (const [name, { says, ...how }] of Object.entries(answers))
  test(`a tenant that answers with ${name}`, async () => {
    await fault(how);
    assert.match(await bad("plan"), says);
  });

test("MC-24: a reserved subject token type is the tenant's refusal, and everything before it stays", async () => {
  writeFileSync(file, toDotenv({ ...settings(), MCP_AUTH0_SUBJECT_TOKEN_TYPE: "urn:ietf:mine" }));
  assert.match(await bad("apply", "--yes"), /status 400[\s\S]*subject_token_type/);
  writeFileSync(file, toDotenv({ ...vars(), MCP_AUTH0_SUBJECT_TOKEN_TYPE: "urn:fastmcp:mcp" }));
  await apply();
});

test("MC-26: parts are applied and removed by name, and what remembers the others goes last", async () => {
  await good("apply", "agent", "--yes");
  assert.match(await good("doctor"), /the tenant is as tenant\/tenant\.json says/);
  assert.match(await bad("doctor", "mcp"), /api MCP Tools API: is described in tenant\/tenant\.json and not there/);
  await good("apply", "mcp", "inspector", "--yes");
  const clients = await management<Record<string, unknown>[]>("GET", "clients?is_first_party=false&per_page=100");
  const inspector = clients.find(({ name }) => name === "MCP Inspector");
  assert.deepEqual(inspector?.callbacks, ["http://localhost:6274/oauth/callback"]);
  assert.match(await bad("destroy", "agent", "--yes"), /remembers what else was made: api:mcp/);
  const removed = await good("destroy", "--yes");
  for (const name of ["application MCP Inspector", "api MCP Tools API", "application Deputy"])
    assert.ok(removed.includes(`${name}: removed`), removed);
});

test("a part without the application that remembers is refused before anything is made", async () => {
  assert.match(await bad("apply", "mcp", "--yes"), /Apply the part agent first/);
  const apis = await management<{ identifier: string }[]>("GET", "resource-servers?per_page=100");
  assert.ok(!apis.some(({ identifier }) => identifier === MCP));
});

test("without an answer nothing is changed", async () => {
  const before = await changing();
  assert.match(await bad("apply"), /Give --yes/);
  assert.match(await bad("plan", "kitchen"), /Parts: agent, approvals, mcp, inspector/);
  assert.match(await bad("doctor", "kitchen"), /Parts: agent, approvals, mcp, inspector/);
  assert.match(await bad("paint"), /plan \| apply \| doctor \| destroy/);
  assert.equal(await changing(), before);
});

test("a settings file that is named has to be there", () => {
  for (const command of ["plan", "doctor"]) {
    const { status, stderr } = spawnSync(process.execPath, [inRoot("scripts/tenant.mjs"), command, "--vars", `${file}.none`], { encoding: "utf8" });
    assert.deepEqual([status, stderr.includes("There is no file")], [1, true], stderr);
  }
});

test("every T row of UA, TV, AA, RG, MC and IN is in the description and in docs/tenant.md", () => {
  const rows =
    "UA-02 UA-20 UA-21 UA-22 OA-07 TV-06 TV-33 AA-14 AA-20 AA-21 AA-22 AA-25 RG-03 RG-04 RG-05 MC-04 MC-06 MC-11 MC-12 MC-13 MC-14 MC-15 MC-21 MC-22 MC-24 MC-26 MC-27 MC-28 MC-29 IN-02 IN-03 IN-05".split(
      " ",
    );
  const description = readFileSync(inRoot("tenant/tenant.json"), "utf8");
  const page = readFileSync(inRoot("docs/tenant.md"), "utf8");
  for (const id of rows) {
    assert.ok(description.includes(`"${id}"`), `${id} in tenant/tenant.json`);
    assert.ok(page.includes(`| ${id} |`), `${id} in docs/tenant.md`);
  }
});
