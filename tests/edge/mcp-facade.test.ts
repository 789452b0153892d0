// The authorization server's endpoints on our own origin: a whole log-in through them, and what does not pass.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, before, beforeEach, test } from "node:test";
import { HttpClient, startDeputy, type Deputy } from "../harness/index.ts";
import { submitLogin } from "../harness/login.ts";
import { toolsOf } from "./support/mcp.ts";

let deputy: Deputy;
before(async () => {
  deputy = await startDeputy({ vars: { MCP_AUTHORIZATION_FACADE: "1" } });
});
after(() => deputy.stop());
beforeEach(() => deputy.offline.reset());

const verifier = randomBytes(32).toString("base64url");
const callback = () => `${deputy.url}/native/callback`;

function authorization(changes: Record<string, string> = {}): string {
  const query = new URLSearchParams({
    response_type: "code",
    client_id: "deputy-offline-device",
    redirect_uri: callback(),
    scope: "openid offline_access tool:whoami",
    state: "a b&c",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    resource: `${deputy.url}/mcp`,
    ...changes,
  });
  return `/authorize?${query.toString()}`;
}

async function token(form: Record<string, string>): Promise<{ status: number; body: Record<string, string> }> {
  const answer = await fetch(`${deputy.url}/token`, { method: "POST", body: new URLSearchParams({ client_id: "deputy-offline-device", ...form }) });
  return { status: answer.status, body: (await answer.json()) as Record<string, string> };
}

test("the metadata is our own origin's, and promises only what the tenant does", async () => {
  const read = async () => (await (await fetch(`${deputy.url}/.well-known/oauth-authorization-server`)).json()) as Record<string, unknown>;
  const closed = await read();
  assert.equal(closed.issuer, deputy.url);
  assert.equal(closed.authorization_endpoint, `${deputy.url}/authorize`);
  assert.equal(closed.registration_endpoint, undefined);
  assert.equal(closed.client_id_metadata_document_supported, true);
  await deputy.offline.control("PATCH", "/policies", { dynamic_client_registration: true });
  assert.equal((await read()).registration_endpoint, undefined, "what the tenant says is kept for an hour");
  await deputy.worker.restart();
  assert.equal((await read()).registration_endpoint, `${deputy.url}/register`);
});

test("a log-in through the façade: for /mcp, whether or not the tenant knows `resource`; a rotated refresh token with `resource` too", async () => {
  await deputy.offline.control("PATCH", "/policies", { resource_parameter_compatibility: false });
  await deputy.offline.control("PATCH", "/clients/deputy-offline-device", { refresh_token: { rotation_type: "rotating", policies: [] } });
  const browser = new HttpClient(deputy.url);
  const end = await submitLogin(browser, await browser.get(authorization()), await deputy.offline.user("ana"));
  const { searchParams } = new URL(end.url);
  assert.equal(searchParams.get("state"), "a b&c");
  const code = searchParams.get("code") ?? assert.fail(end.url);
  const withoutVerifier = await token({ grant_type: "authorization_code", code, redirect_uri: callback() });
  assert.deepEqual([withoutVerifier.status, withoutVerifier.body.error], [400, "invalid_request"]);
  const resource = `${deputy.url}/mcp`;
  const tokens = await token({ grant_type: "authorization_code", code, redirect_uri: callback(), code_verifier: verifier, resource });
  assert.equal(tokens.status, 200, JSON.stringify(tokens.body));
  assert.ok((await toolsOf(deputy, tokens.body.access_token ?? "")).includes("whoami"));
  let refreshToken = tokens.body.refresh_token ?? "";
  for (let round = 0; round < 2; round += 1) {
    const other = await token({ grant_type: "refresh_token", refresh_token: refreshToken, resource: "https://other.example/mcp" });
    assert.deepEqual([other.status, other.body.error], [400, "invalid_target"]);
    const refreshed = await token({ grant_type: "refresh_token", refresh_token: refreshToken, resource });
    assert.equal(refreshed.status, 200, JSON.stringify(refreshed.body));
    assert.notEqual(refreshed.body.refresh_token, refreshToken, "it rotates, and the refused request has spent nothing");
    refreshToken = refreshed.body.refresh_token ?? "";
  }
});

test("what does not pass is said here, and no browser is sent anywhere", async () => {
  const client = new HttpClient(deputy.url);
  for (const [changes, code] of [
    [{ code_challenge_method: "plain" }, "authorization_without_pkce"],
    [{ redirect_uri: "JaVaScRiPt:alert(1)" }, "authorization_redirect_uri"],
    [{ redirect_uri: "http://evil.example/callback" }, "authorization_redirect_uri"],
    [{ resource: "https://other.example/mcp" }, "authorization_other_resource"],
    [{ audience: deputy.offline.settings().AUTH0_AUDIENCE ?? "" }, "authorization_other_resource"],
    [{ response_type: "token" }, "authorization_response_type"],
    [{ request_uri: "urn:ietf:params:oauth:request_uri:x" }, "authorization_request_object"],
  ] as [Record<string, string>, string][]) {
    const page = await client.get(authorization(changes), { follow: false });
    assert.equal(page.status, 400, JSON.stringify(changes));
    assert.equal((JSON.parse(page.text) as { code: string }).code, code);
    assert.equal(page.headers.get("location"), null);
  }
  // An address that is one, but not this client's: the tenant's own page says so.
  const foreign = await client.get(authorization({ redirect_uri: "https://evil.example/callback" }));
  assert.equal(foreign.status, 403);
  assert.ok(foreign.url.startsWith(deputy.offline.issuer));
  const exchange = await token({ grant_type: "urn:ietf:params:oauth:grant-type:token-exchange", subject_token: "x" });
  assert.deepEqual([exchange.status, exchange.body.error], [400, "unsupported_grant_type"]);
});

test("MC-27 MC-28: registration is the tenant's, within bounds", async () => {
  const register = async (body: unknown) => {
    const answer = await fetch(`${deputy.url}/register`, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const good = { redirect_uris: ["https://client.example/callback"], client_name: "Third", token_endpoint_auth_method: "none", is_first_party: true };
  assert.equal((await register(good)).status, 404, "off at the tenant");
  await deputy.offline.control("PATCH", "/policies", { dynamic_client_registration: true });
  const made = await register(good);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.equal(typeof made.body.client_id, "string");
  assert.equal((await register({ ...good, redirect_uris: ["data:text/html,x"] })).body.error, "invalid_redirect_uri");
  const statuses = [];
  for (let count = 0; count < 20; count += 1) statuses.push((await register(good)).status);
  assert.ok(statuses.includes(429), "bounded");
});

test("off, there is nothing here", async () => {
  await deputy.worker.restart({ MCP_AUTHORIZATION_FACADE: "" });
  const client = new HttpClient(deputy.url);
  for (const path of ["/authorize", "/.well-known/oauth-authorization-server"]) assert.equal((await client.get(path)).status, 404, path);
  for (const path of ["/token", "/register"]) assert.equal((await client.request(path, { method: "POST" })).status, 404, path);
});
