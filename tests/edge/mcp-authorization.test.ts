// Who may call /mcp, and what everybody else is told: raw HTTP, so that nothing is hidden by a client library.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { request } from "node:http";
import { after, before, test } from "node:test";
import { HttpClient, startDeputy, type Deputy, type Page } from "../harness/index.ts";
import { challenge, ForgedKey, mcpToken, part, rpc, toolsOf } from "./support/mcp.ts";
import { accessToken } from "./support/spa.ts";

let deputy: Deputy;
let key: ForgedKey;
before(async () => {
  deputy = await startDeputy({ vars: { ALLOWED_ORIGINS: "https://spa.example" } });
  key = await ForgedKey.published(deputy);
});
after(() => deputy.stop());

const metadataUrl = () => `${deputy.url}/.well-known/oauth-protected-resource/mcp`;
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const list = (headers: Record<string, string | undefined> = {}) => rpc(deputy, "tools/list", {}, headers);
const codeOf = (page: Page) => (JSON.parse(page.text) as { code: string }).code;

/** Status 401 with a challenge that leads to the metadata and says why. */
function refused(page: Page, what: string): void {
  assert.equal(page.status, 401, `${what}: ${page.text}`);
  const { error, resource_metadata, scope } = challenge(page);
  assert.equal(error, "invalid_token", what);
  assert.equal(resource_metadata, metadataUrl(), what);
  assert.equal(scope, "openid profile email", what);
  assert.doesNotMatch(page.text, /jsonrpc/, "no JSON-RPC before anybody is let in");
}

test("MC-01 MC-02: without a token 401, where to get one, and no error; whatever the method", async () => {
  for (const page of [
    await list(),
    await new HttpClient(deputy.url).get("/mcp"),
    await new HttpClient(deputy.url).request("/mcp", { method: "DELETE" }),
  ]) {
    assert.equal(page.status, 401);
    assert.deepEqual(challenge(page), { scope: "openid profile email", resource_metadata: metadataUrl() });
  }
});

test("MC-02 MC-03: the address in the challenge resolves, as does the one at the root; both are for every page", async () => {
  const client = new HttpClient(deputy.url);
  for (const url of [challenge(await list()).resource_metadata ?? "", `${deputy.url}/.well-known/oauth-protected-resource`]) {
    const page = await client.get(url, { headers: { origin: "https://anybody.example" } });
    assert.equal(page.status, 200, url);
    assert.equal(page.headers.get("access-control-allow-origin"), "*");
    assert.deepEqual(JSON.parse(page.text), {
      resource: `${deputy.url}/mcp`,
      authorization_servers: [deputy.offline.issuer],
      scopes_supported: ["openid", "profile", "email"],
      bearer_methods_supported: ["header"],
      resource_name: "Deputy",
    });
  }
  const server = await fetch(`${deputy.offline.issuer}.well-known/oauth-authorization-server`);
  assert.equal(((await server.json()) as { issuer: string }).issuer, deputy.offline.issuer, "MC-04: and the tenant's own");
  assert.equal((await client.get("/.well-known/oauth-authorization-server")).status, 404, "nobody is sent to a log-in page by a probe");
});

test("our own client-id metadata document names itself", async () => {
  const url = `${deputy.url}/.well-known/oauth-client.json`;
  const document = (await (await fetch(url)).json()) as Record<string, unknown>;
  assert.equal(document.client_id, url);
  assert.deepEqual(document.redirect_uris, [`${deputy.url}/auth/mcp/callback`]);
  assert.equal(document.token_endpoint_auth_method, "none");
});

test("MC-01 MC-05: a token of the tenant for this server is served; what is not exactly that is not", async () => {
  assert.equal((await list(bearer(await mcpToken(deputy, "ana")))).status, 200);
  assert.equal((await list(bearer(key.sign(deputy)))).status, 200, "the forged key is one of the tenant's, for this test");
  refused(await list(bearer(await accessToken(deputy, "ana"))), "the agent's own API is another audience");
  const now = Math.floor(Date.now() / 1000);
  for (const [what, claims, header] of [
    ["another audience", { aud: "https://other.example/mcp" }],
    ["nearly the audience", { aud: `${deputy.url}/mcp/` }],
    ["no audience", { aud: undefined }],
    ["another issuer", { iss: "https://evil.example/" }],
    ["expired", { exp: now - 60, iat: now - 120 }],
    ["no end", { exp: undefined }],
    ["from the future", { iat: now + 600 }],
    ["not yet", { nbf: now + 600 }],
    ["no subject", { sub: undefined }],
    ["an empty subject", { sub: "" }],
    ["no client", { azp: undefined }],
    ["an ID token's type", {}, { typ: "id+jwt" }],
    ["an unknown key", {}, { kid: "unknown" }],
    ["a critical extension", {}, { crit: ["x"] }],
  ] as [string, Record<string, unknown>, Record<string, unknown>?][]) {
    refused(await list(bearer(key.sign(deputy, claims, header))), what);
  }
  assert.equal((await list(bearer(key.sign(deputy, { azp: undefined, client_id: "deputy-offline-device" })))).status, 200, "RFC 9068 says client_id");
  for (const garbage of ["x", "a.b.c", ""]) refused(await list({ authorization: `Bearer ${garbage}` }), `garbage ${garbage}`);
  const good = await mcpToken(deputy, "ana");
  for (const scheme of ["Basic", "DPoP", "Token"]) refused(await list({ authorization: `${scheme} ${good}` }), scheme);
  refused(await list({ authorization: good }), "no scheme");
});

test("MC-05: HS256 with the public key as its secret, and no signature at all, are refused", async () => {
  const [, claims = ""] = key.sign(deputy).split(".");
  const input = `${part({ alg: "HS256", typ: "JWT", kid: "forged" })}.${claims}`;
  for (const secret of [key.pem, key.pem.trim(), ""]) {
    refused(await list(bearer(`${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`)), "HS256");
  }
  refused(await list(bearer(`${part({ alg: "none", kid: "forged" })}.${claims}.`)), "none");
  const [header, body, signature = ""] = key.sign(deputy).split(".");
  refused(await list(bearer(`${header}.${part({ sub: "auth0|other" })}.${signature}`)), "claims of another token");
  assert.ok(body);
});

test("nothing but the Authorization header counts: no cookie, no x-api-key, no query", async () => {
  const ana = await deputy.login("ana");
  const token = await mcpToken(deputy, "ana");
  for (const headers of [{ cookie: ana.cookieHeader() }, { "x-api-key": token }] as Record<string, string>[]) {
    const page = await list(headers);
    assert.equal(page.status, 401);
    assert.equal(challenge(page).error, undefined, "no credentials were sent");
  }
  const page = await new HttpClient(deputy.url).request(`/mcp?access_token=${token}`, { method: "POST", body: "{}" });
  assert.equal(page.status, 401);
  assert.equal((await list({ ...bearer(token), cookie: "deputy=broken" })).status, 200, "and a bad cookie harms nobody");
  assert.equal((await list({ ...bearer(token), cookie: "deputy=broken" })).headers.get("set-cookie"), null);
});

test("a page of another origin is refused, whatever it brings; ours may read the challenge", async () => {
  const token = await mcpToken(deputy, "ana");
  for (const origin of ["https://evil.example", "null", `${deputy.url}.evil.example`]) {
    const page = await list({ ...bearer(token), origin });
    assert.equal(page.status, 403, origin);
    assert.equal(codeOf(page), "origin_refused");
    assert.equal(page.headers.get("access-control-allow-origin"), null);
  }
  for (const origin of [deputy.url, "https://spa.example", "http://localhost:6274"]) {
    const page = await list({ origin });
    assert.equal(page.status, 401, origin);
    assert.equal(page.headers.get("access-control-allow-origin"), origin);
    assert.match(page.headers.get("access-control-expose-headers") ?? "", /www-authenticate/);
    assert.equal(page.headers.get("access-control-allow-credentials"), null);
  }
});

test("preflight: who may ask, with what; it needs no token", async () => {
  const ask = async (origin: string) =>
    await new HttpClient(deputy.url).request("/mcp", {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "authorization" },
    });
  const ours = await ask("https://spa.example");
  assert.equal(ours.status, 204);
  assert.equal(ours.headers.get("access-control-allow-methods"), "GET, POST, DELETE");
  assert.match(ours.headers.get("access-control-allow-headers") ?? "", /authorization.*mcp-session-id.*mcp-protocol-version/);
  assert.equal((await ask("https://evil.example")).headers.get("access-control-allow-origin"), null);
});

test("a name that is not ours is refused: DNS rebinding", async () => {
  const token = await mcpToken(deputy, "ana");
  const status = (host: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const headers = { host, ...bearer(token), "content-type": "application/json", accept: "application/json, text/event-stream" };
      const sent = request({ port: deputy.worker.port, host: "127.0.0.1", path: "/mcp", method: "POST", headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      sent.once("error", reject).end("{}");
    });
  assert.equal(await status("evil.example"), 403);
  assert.equal(await status(`rebound.example:${deputy.worker.port}`), 403);
  assert.notEqual(await status(`localhost:${deputy.worker.port}`), 403);
});

test("MC-07 MC-08: admin, user and nobody in particular see three lists; a missing role is hidden and not challenged", async () => {
  const scope = "openid tool:whoami tool:greet";
  const lists = new Map<string, string[]>();
  for (const name of ["ana", "ben", "chris"]) lists.set(name, await toolsOf(deputy, await mcpToken(deputy, name, scope)));
  const has = (name: string, tool: string) => lists.get(name)?.includes(tool);
  assert.deepEqual(
    ["ana", "ben", "chris"].map((name) => has(name, "greet")),
    [true, false, false],
  );
  assert.deepEqual(
    ["ana", "ben", "chris"].map((name) => has(name, "whoami")),
    [true, true, false],
  );
  assert.deepEqual(
    ["ana", "ben", "chris"].map((name) => has(name, "get_current_time")),
    [true, true, true],
  );
  const ben = await rpc(deputy, "tools/call", { name: "greet", arguments: {} }, bearer(await mcpToken(deputy, "ben", scope)));
  assert.notEqual(ben.status, 403, "more scopes would not help him");
});

test("a missing scope is 403 before any JSON-RPC, with every scope that is needed", async () => {
  const token = await mcpToken(deputy, "ana", "openid tool:whoami");
  const page = await rpc(deputy, "tools/call", { name: "greet", arguments: { name: "Ann" } }, bearer(token));
  assert.equal(page.status, 403, page.text);
  assert.equal(codeOf(page), "insufficient_scope");
  assert.doesNotMatch(page.text, /jsonrpc/);
  assert.deepEqual(challenge(page), {
    error: "insufficient_scope",
    scope: "openid tool:whoami tool:greet",
    resource_metadata: metadataUrl(),
  });
});

test("MC-35: the log has who, by which client, which tool; no token is in it", async () => {
  const token = await mcpToken(deputy, "ana", "openid tool:whoami");
  const page = await rpc(deputy, "tools/call", { name: "whoami", arguments: {} }, bearer(token));
  assert.equal(page.status, 200, page.text);
  for (const name of ["greet", "Bearer of news"]) {
    assert.equal((await rpc(deputy, "tools/call", { name, arguments: {} }, bearer(token))).status, 403, name);
  }
  const { user_id } = await deputy.offline.user("ana");
  const lines = deputy.worker.logs.filter((line) => line.includes('"mcp_tool_called"'));
  for (const [tool, code] of [
    ["whoami", "completed"],
    ["greet", "insufficient_scope"],
    ["?", "insufficient_scope"],
  ]) {
    const fields = { subject: user_id, client: "deputy-offline-device", tool, code };
    assert.ok(
      lines.some((line) => Object.entries(fields).every(([name, value]) => line.includes(`"${name}":"${value}"`))),
      lines.join("\n"),
    );
  }
  for (const { token: issued } of await deputy.offline.tokens<{ token: string }>()) {
    assert.ok(!deputy.worker.logs.some((line) => line.includes(issued)));
  }
});

test("MCP_ALLOWED_CLIENTS narrows; the tenant's keys out of reach are 503 and no challenge", async () => {
  const token = await mcpToken(deputy, "ana");
  await deputy.worker.restart({ MCP_ALLOWED_CLIENTS: "somebody-else" });
  refused(await list(bearer(token)), "another client");
  await deputy.worker.restart({ MCP_ALLOWED_CLIENTS: "somebody-else, deputy-offline-device" });
  assert.equal((await list(bearer(token))).status, 200);
  await deputy.offline.clearFaults();
  await deputy.offline.fault({ service: "tenant", path_prefix: "/.well-known/jwks.json", status: 500 });
  await deputy.worker.restart({ MCP_ALLOWED_CLIENTS: "" });
  const page = await list(bearer(token));
  assert.equal(page.status, 503);
  assert.equal(codeOf(page), "jwks_unavailable");
  assert.equal(page.headers.get("www-authenticate"), null);
  await deputy.offline.clearFaults();
  assert.equal((await list(bearer(token))).status, 200, "and it is well again");
});
