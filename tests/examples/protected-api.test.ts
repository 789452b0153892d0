// MC-23: the example API in a workerd of its own, guarded by tokens of the offline tenant.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startDeputy, startWorker, type Deputy, type WorkerProcess } from "../harness/index.ts";
import { inRoot } from "../harness/paths.ts";
import { mcpToken } from "../edge/support/mcp.ts";
import { accessToken } from "../edge/support/spa.ts";

const audience = "http://localhost:8787/";
let deputy: Deputy;
let api: WorkerProcess;
before(async () => {
  deputy = await startDeputy();
  const { AUTH0_ISSUER, DEPUTY_DEV } = deputy.offline.settings();
  api = await startWorker({
    directory: inRoot("examples/protected-api"),
    vars: { AUTH0_ISSUER: AUTH0_ISSUER ?? "", DEPUTY_DEV: DEPUTY_DEV ?? "", API_AUDIENCE: audience },
  });
});
after(async () => {
  await api.stop();
  await deputy.stop();
});

async function ask(token?: string): Promise<{ status: number; challenge: string | null; body: Record<string, unknown> }> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const answer = await fetch(`${api.url}/api/private-scope`, { headers });
  return { status: answer.status, challenge: answer.headers.get("www-authenticate"), body: (await answer.json()) as Record<string, unknown> };
}

/** The exchange that the MCP server makes for its caller. */
async function onBehalfOf(token: string, scope: string): Promise<string> {
  const body = new URLSearchParams({
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    client_id: "deputy-offline-mcp",
    client_secret: "offline-mcp-server-secret-not-a-real-one",
    subject_token: token,
    subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
    requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
    audience,
    scope,
  });
  const answer = await fetch(`${deputy.offline.issuer}oauth/token`, { method: "POST", body });
  return ((await answer.json()) as { access_token: string }).access_token;
}

test("MC-23: with the scope, without it, and with what is no token for this API", async () => {
  const without = await ask();
  assert.deepEqual([without.status, without.challenge], [401, 'Bearer realm="api"']);
  const good = await ask(await accessToken(deputy, "ana", { audience, scope: "openid read:private" }));
  assert.equal(good.status, 200, JSON.stringify(good.body));
  const { user_id } = await deputy.offline.user("ana");
  assert.equal(good.body.sub, user_id);
  assert.equal(good.body.act, null);
  // Ben has no role there: the tenant leaves the scope out.
  for (const token of [
    await accessToken(deputy, "ana", { audience, scope: "openid" }),
    await accessToken(deputy, "ben", { audience, scope: "openid read:private" }),
  ]) {
    const refused = await ask(token);
    assert.equal(refused.status, 403);
    assert.equal(refused.challenge, 'Bearer realm="api", error="insufficient_scope", scope="read:private"');
  }
  for (const token of [await accessToken(deputy, "ana"), await mcpToken(deputy, "ana", "openid tool:greet"), "garbage"]) {
    const refused = await ask(token);
    assert.equal(refused.status, 401);
    assert.match(refused.challenge ?? "", /error="invalid_token"/);
  }
});

test("MC-18: a token in the caller's name is accepted and says who acts; the caller's own is not", async () => {
  const caller = await mcpToken(deputy, "ana", "openid tool:greet");
  assert.equal((await ask(caller)).status, 401);
  const answer = await ask(await onBehalfOf(caller, "read:private"));
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  assert.deepEqual(answer.body.scopes, ["read:private"]);
  assert.deepEqual(answer.body.act, { sub: "deputy-offline-mcp" });
});

test("other addresses, a missing setting, and the tenant's keys out of reach", async () => {
  assert.equal((await fetch(`${api.url}/api/other`)).status, 404);
  assert.equal((await fetch(`${api.url}/api/private-scope`, { method: "POST" })).status, 404);
  const token = await accessToken(deputy, "ana", { audience, scope: "openid read:private" });
  await deputy.offline.fault({ service: "tenant", path_prefix: "/.well-known/jwks.json", status: 500 });
  await api.restart();
  assert.deepEqual([(await ask(token)).status, (await ask(token)).challenge], [503, null]);
  await deputy.offline.clearFaults();
  assert.equal((await ask(token)).status, 200);
  await api.restart({ API_AUDIENCE: "" });
  assert.equal((await ask(token)).status, 503);
});
