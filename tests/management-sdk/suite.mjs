// What the SDK is asked to do. Started by management-sdk.test.ts, with the tenant in TENANT and its control API in CONTROL.
import assert from "node:assert/strict";
import { ManagementClient } from "auth0";

const domain = process.env.TENANT;
const open = (more = {}) =>
  new ManagementClient({ domain, clientId: "deputy-offline-management", clientSecret: "offline-management-secret-not-a-real-one", ...more });
const api = open();

const refused = (promise, statusCode, words) =>
  assert.rejects(promise, (error) => {
    assert.equal(error.statusCode, statusCode, error.message);
    assert.match(JSON.stringify(error.body), words);
    return true;
  });

async function all(page) {
  const found = [];
  for await (const record of await page) found.push(record);
  return found;
}

async function control(method, path, body) {
  const answer = await fetch(`${process.env.CONTROL}${path}`, { method, body: JSON.stringify(body) });
  assert.ok(answer.ok, await answer.text());
}

async function applications() {
  const made = await api.clients.create({
    name: "By the SDK",
    app_type: "regular_web",
    callbacks: ["https://app.example/callback"],
    grant_types: ["authorization_code", "refresh_token", "urn:openid:params:grant-type:ciba"],
    refresh_token: { rotation_type: "non-rotating", expiration_type: "non-expiring", policies: [{ audience: `https://${domain}/me/`, scope: [] }] },
    async_approval_notification_channels: ["guardian-push", "email"],
    oidc_logout: { backchannel_logout_urls: ["https://app.example/logout"] },
    client_metadata: { mark: "sdk" },
  });
  assert.ok(made.client_id && made.client_secret);
  const read = await api.clients.get(made.client_id);
  assert.deepEqual(read, made);
  const some = await api.clients.get(made.client_id, { fields: "name", include_fields: true });
  assert.deepEqual(some, { name: "By the SDK" });
  const updated = await api.clients.update(made.client_id, { client_metadata: { mark: "", more: "1" } });
  assert.deepEqual(updated.client_metadata, { more: "1" });
  const pages = await all(api.clients.list({ per_page: 2 }));
  assert.ok(pages.length > 4 && pages.some(({ client_id }) => client_id === made.client_id), "pages to their end");
  await refused(api.clients.create({ name: "x", magic: true }), 400, /Additional properties not allowed: magic/);
  await refused(api.clients.get("nobody"), 404, /inexistent_client/);
  return made.client_id;
}

async function apisAndGrants(client_id) {
  const identifier = "https://sdk.example/";
  const made = await api.resourceServers.create({
    identifier,
    name: "SDK",
    signing_alg: "RS256",
    token_dialect: "rfc9068_profile_authz",
    enforce_policies: true,
    scopes: [{ value: "do:it", description: "Do it" }],
    authorization_details: [{ type: "purchase" }],
  });
  assert.deepEqual((await api.resourceServers.get(made.id)).scopes, made.scopes);
  await api.resourceServers.update(made.id, { token_lifetime: 600 });
  const [listed] = await all(api.resourceServers.list({ identifiers: identifier }));
  assert.equal(listed.token_lifetime, 600);
  await refused(api.resourceServers.create({ identifier }), 409, /resource_server_already_exists/);
  const grant = await api.clientGrants.create({ client_id, audience: identifier, scope: ["do:it"], subject_type: "user" });
  assert.equal((await all(api.clientGrants.list({ client_id })))[0].id, grant.id);
  await api.clientGrants.update(grant.id, { scope: [] });
  assert.deepEqual((await api.clientGrants.get(grant.id)).scope, []);
  await api.clientGrants.delete(grant.id);
  return made;
}

async function connections(client_id) {
  const made = await api.connections.create({
    name: "sdk",
    strategy: "oauth2",
    options: { scope: ["openid"] },
    connected_accounts: { active: true },
  });
  const found = await all(api.connections.list({ take: 10 }));
  assert.ok(found.length > 20 && found.some(({ id }) => id === made.id), "checkpoints to their end");
  await api.connections.update(made.id, { is_domain_connection: true });
  assert.equal((await api.connections.get(made.id)).is_domain_connection, true);
  await api.connections.clients.update(made.id, [{ client_id, status: true }]);
  assert.deepEqual(await all(api.connections.clients.get(made.id)), [{ client_id }]);
  await api.connections.delete(made.id);
  await refused(api.connections.get(made.id), 404, /inexistent_connection/);
}

async function roles({ identifier }) {
  const role = await api.roles.create({ name: "SDK", description: "By the SDK" });
  assert.match(role.id, /^rol_/);
  const permissions = [{ resource_server_identifier: identifier, permission_name: "do:it" }];
  await api.roles.permissions.add(role.id, { permissions });
  assert.equal((await all(api.roles.permissions.list(role.id)))[0].permission_name, "do:it");
  await api.roles.permissions.delete(role.id, { permissions });
  await refused(api.roles.create({ name: "SDK" }), 409, /role_conflict/);
  await api.roles.update(role.id, { description: "Other" });
  assert.deepEqual(
    (await all(api.roles.list({ name_filter: "SDK" }))).map(({ description }) => description),
    ["Other"],
  );
  await api.roles.delete(role.id);
}

async function exchanges() {
  const action = await api.actions.create({
    name: "sdk",
    supported_triggers: [{ id: "custom-token-exchange", version: "v1" }],
    code: 'const SUBJECT_AUDIENCE = "https://sdk.example/";',
    runtime: "node22",
  });
  await refused(api.actions.deploy(action.id), 400, /built/);
  await api.actions.get(action.id);
  await api.actions.deploy(action.id);
  assert.equal((await all(api.actions.list({ actionName: "sdk" })))[0].all_changes_deployed, true);
  const profile = { name: "sdk", subject_token_type: "urn:sdk:token", action_id: action.id, type: "custom_authentication" };
  const made = await api.tokenExchangeProfiles.create(profile);
  assert.equal((await all(api.tokenExchangeProfiles.list()))[0].id, made.id);
  await api.tokenExchangeProfiles.update(made.id, { name: "renamed" });
  assert.equal((await api.tokenExchangeProfiles.get(made.id)).name, "renamed");
  await refused(api.tokenExchangeProfiles.create(profile), 409, /already exists/);
  await api.tokenExchangeProfiles.delete(made.id);
  await api.actions.delete(action.id);
}

async function settings() {
  await api.tenants.settings.update({
    resource_parameter_profile: "compatibility",
    client_id_metadata_document_supported: true,
    flags: { enable_dynamic_client_registration: true },
  });
  const now = await api.tenants.settings.get();
  assert.equal(now.resource_parameter_profile, "compatibility");
  assert.equal(now.flags.enable_dynamic_client_registration, true);
}

/** Who may not, who comes too often, and who is nobody. */
async function refusals() {
  await refused(open({ token: "guessed", clientId: undefined, clientSecret: undefined }).clients.list(), 401, /Invalid token/);
  await control("PATCH", "/clients/deputy-offline-management", { client_grants: [{ audience: `https://${domain}/api/v2/`, scope: ["read:roles"] }] });
  await refused(open().clients.list(), 403, /Insufficient scope, expected any of: read:clients/);
  await control("PATCH", "/policies", { rate_limit: { limit: 3, window: 2 } });
  const patient = open();
  // The SDK waits as the headers say, and comes again.
  for (let times = 0; times < 5; times += 1) await patient.roles.list();
  await control("PATCH", "/policies", { rate_limit: null });
  const hasty = open({ maxRetries: 0, token: await granted(), clientId: undefined, clientSecret: undefined });
  await control("PATCH", "/policies", { rate_limit: { limit: 0, window: 3600 } });
  await refused(hasty.roles.list(), 429, /too_many_requests/);
}

async function granted() {
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: "deputy-offline-management",
    client_secret: "offline-management-secret-not-a-real-one",
    audience: `https://${domain}/api/v2/`,
  });
  return (await (await fetch(`https://${domain}/oauth/token`, { method: "POST", body })).json()).access_token;
}

const client_id = await applications();
const made = await apisAndGrants(client_id);
await connections(client_id);
await roles(made);
await api.resourceServers.delete(made.id);
await exchanges();
await settings();
await api.clients.delete(client_id);
await refusals();
process.stdout.write("every kind: good\n");
