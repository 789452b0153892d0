import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { HttpClient, startDeputy, type Deputy } from "../harness/index.ts";

let deputy: Deputy;
let ana: HttpClient;
before(async () => {
  deputy = await startDeputy();
  ana = await deputy.login("ana");
});
after(() => deputy.stop());

type Connection = {
  id: string;
  connection: string;
  account?: string;
  scopes: string[];
  createdAt: string;
  inUse: boolean;
  health: string;
  usedBy: unknown[];
};
type Seen = { path: string; body: { authorization_params?: unknown } | null };
const calendar = "https://www.googleapis.com/auth/calendar.freebusy";
const connectPath = `/auth/connect?connection=google-oauth2&scopes=openid&scopes=${encodeURIComponent(calendar)}&returnTo=/close`;
const connections = (client = ana) => client.json<Connection[]>("/api/connections");
/** Goes to the provider's consent page and presses a button there; the page it ends on. */
const consent = async (client: HttpClient, button: RegExp, path = connectPath) => client.submit(await client.get(path), {}, { button });

test("TV-16: connecting needs a connection and a session", async () => {
  const nobody = new HttpClient(deputy.url);
  assert.equal((await nobody.get(connectPath, { follow: false })).status, 401);
  assert.equal((await ana.get("/auth/connect", { follow: false })).status, 400);
  assert.equal((await nobody.get("/auth/connect", { follow: false })).status, 400);
});

test("TV-01 TV-02 TV-16 TV-17 TV-18: consent ends on the closing page and the account is connected", async () => {
  assert.deepEqual(await connections(), []);
  const start = await ana.get(`${connectPath}&login_hint=ana@gmail.example`, { follow: false });
  assert.equal(start.status, 302);
  const target = new URL(start.headers.get("location") ?? "");
  assert.equal(`${target.origin}/`, deputy.offline.issuer);
  assert.ok(target.searchParams.get("ticket"));
  const asked = (await deputy.offline.requests<Seen>()).findLast(({ path }) => path === "/me/v1/connected-accounts/connect");
  assert.deepEqual(asked?.body?.authorization_params, { login_hint: "ana@gmail.example" });
  const end = await consent(ana, /Allow/);
  assert.equal(end.url, `${deputy.url}/close?connection=google-oauth2&connected=true`);
  assert.equal(end.status, 200);
  const [account] = await connections();
  assert.match(account?.id ?? "", /^cac_/);
  assert.equal(account?.connection, "google-oauth2");
  assert.ok(account?.scopes.includes(calendar));
  const ben = await deputy.login("ben");
  assert.deepEqual(await connections(ben), [], "of this user only");
});

test("a cancelled consent says so and connects nothing", async () => {
  const chris = await deputy.login("ben");
  const end = await consent(chris, /Cancel/);
  assert.equal(end.url, `${deputy.url}/close?connection=google-oauth2&connected=false`);
  assert.deepEqual(await connections(chris), []);
});

test("a connect callback works once, in the browser that began it", async () => {
  const page = await ana.get(connectPath);
  const ben = await deputy.login("ben");
  const allowed = await ana.submit(page, {}, { button: /Allow/ });
  assert.equal(allowed.status, 200);
  for (const [client, query] of [
    [ana, "connect_code=x&state=made-up-state-of-some-length"],
    [ben, "connect_code=x&state=made-up-state-of-some-length"],
    [new HttpClient(deputy.url), "connect_code=x&state=made-up-state-of-some-length"],
  ] as const) {
    const again = await client.get(`/auth/callback?${query}`, { follow: false });
    assert.equal(again.status, 400);
    assert.match(again.headers.get("content-type") ?? "", /html/);
  }
});

test("old pop-ups: /auth/login with connection_scope and a session is an alias of /auth/connect", async () => {
  const query = `return_to=%2Fclose&connection=google-oauth2&scope=openid&access_type=offline&prompt=consent&connection_scope=${encodeURIComponent(calendar)}`;
  const start = await ana.get(`/auth/login?${query}`, { follow: false });
  assert.ok(new URL(start.headers.get("location") ?? "").searchParams.get("ticket"));
  const anonymous = await new HttpClient(deputy.url).get(`/auth/login?${query}`, { follow: false });
  assert.equal(new URL(anonymous.headers.get("location") ?? "").pathname, "/authorize");
});

test("an unknown connection is a page with a code, not a redirect", async () => {
  const page = await ana.get("/auth/connect?connection=no-such-connection", { follow: false, headers: { accept: "text/html" } });
  assert.ok(page.status >= 400 && page.status < 500, String(page.status));
  assert.match(page.text, /Code: connect_/);
  const json = await ana.get("/auth/connect?connection=no-such-connection", { follow: false });
  assert.match((JSON.parse(json.text) as { code: string }).code, /^connect_/);
});

test("TV-09: a step-up asks the provider only for the scope that is missing, and keeps what was granted", async () => {
  const events = "https://www.googleapis.com/auth/calendar.events";
  const page = await ana.get(`${connectPath}&scopes=${encodeURIComponent(events)}`);
  const boxes = [...page.text.matchAll(/name="scope" value="([^"]*)"/g)].map(([, value]) => value);
  assert.deepEqual(boxes, [events], "nothing else can be ticked");
  await ana.submit(page, { scope: events }, { button: /Allow/ });
  const [account, ...more] = await connections();
  assert.deepEqual([account?.scopes.includes(calendar), account?.scopes.includes(events), more.length], [true, true, 0]);
});

test("another account than before is said, replaces nothing, and the user chooses", async () => {
  const [before] = await connections();
  const other = async () => {
    const chosen = await ana.submit(await ana.get(connectPath), { account: "ana@studio.example" }, { button: /Allow/ });
    return await ana.submit(chosen, {}, { button: /Allow/ });
  };
  const end = await other();
  assert.equal(end.url, `${deputy.url}/connections?choose=google-oauth2&returnTo=%2Fclose`);
  const [first, second, ...more] = await connections();
  assert.deepEqual([first?.id, first?.inUse, second?.inUse, more.length], [before?.id, true, false, 0]);
  const patch = async (id: string | undefined, body: unknown, client = ana) =>
    (await client.post(`/api/connections/${id}`, body, { method: "PATCH" })).status;
  assert.equal(await patch(second?.id, { inUse: false }), 400);
  assert.equal(await patch(second?.id, {}), 400);
  assert.equal(await patch("cac_unknown1", { inUse: true }), 404);
  assert.equal(await patch(second?.id, { inUse: true }, await deputy.login("ben")), 404, "somebody else's");
  assert.equal(await patch(first?.id, { inUse: true }), 204, "keep");
  assert.deepEqual(
    (await connections()).map(({ id, inUse }) => [id, inUse]),
    [[before?.id, true]],
  );
  await other();
  const [, another] = await connections();
  assert.equal(await patch(another?.id, { inUse: true }), 204, "switch");
  assert.deepEqual(
    (await connections()).map(({ id, inUse }) => [id, inUse]),
    [[another?.id, true]],
  );
});

test("an account asked for by name is shown by it, and another one in its place is noticed", async () => {
  const ben = await deputy.login("ben");
  const page = await ben.get(`${connectPath}&login_hint=ben.okafor%40gmail.example`);
  await ben.submit(page, {}, { button: /Allow/ });
  assert.deepEqual(
    (await connections(ben)).map(({ account, inUse, health }) => [account, inUse, health]),
    [["ben.okafor@gmail.example", true, "unused"]],
  );
  for (const { id } of await connections(ben)) await ben.post(`/api/connections/${id}`, undefined, { method: "DELETE" });
  const end = await ben.submit(await ben.get(`${connectPath}&login_hint=somebody%40else.example`), {}, { button: /Allow/ });
  assert.equal(new URL(end.url).pathname, "/connections");
  assert.deepEqual(
    (await connections(ben)).map(({ account, inUse }) => [account, inUse]),
    [[undefined, false]],
  );
  for (const { id } of await connections(ben)) await ben.post(`/api/connections/${id}`, undefined, { method: "DELETE" });
});

test("a disconnect says what was done: revoked at the provider, deleted from the vault, no token kept", async () => {
  const [account] = await connections();
  const gone = await ana.post(`/api/connections/${account?.id}`, undefined, { method: "DELETE", headers: { prefer: "return=representation" } });
  assert.equal(gone.status, 200, gone.text);
  const step = (name: string) => ({ step: name, outcome: "done" });
  assert.deepEqual(JSON.parse(gone.text), { steps: [step("provider_revoked"), step("vault_entry_deleted"), step("tokens_dropped")] });
  const issued = (await deputy.offline.tokens<{ kind: string; revoked: boolean }>()).filter(({ kind }) => kind === "provider_access_token");
  assert.ok(issued.length > 0 && issued.at(-1)?.revoked, "the provider takes it no longer");
  await consent(ana, /Allow/);
});

test("disconnecting removes the account; unknown ids are 404", async () => {
  for (const account of await connections()) {
    const gone = await ana.post(`/api/connections/${account.id}`, undefined, { method: "DELETE" });
    assert.equal(gone.status, 204, gone.text);
  }
  assert.deepEqual(await connections(), []);
  assert.equal((await ana.post("/api/connections/cac_unknown1", undefined, { method: "DELETE" })).status, 404);
  assert.equal((await ana.post("/api/schedules/unknown", undefined, { method: "DELETE" })).status, 404);
  assert.deepEqual(await ana.json("/api/schedules"), []);
});

test("the tenant being down is said, and never a consent page", async () => {
  await deputy.offline.fault({ service: "tenant", path_prefix: "/me/v1", status: 503, body: "{}", times: 1 });
  const page = await ana.get(connectPath, { follow: false });
  assert.equal(page.status, 503);
  assert.match(page.text, /tenant_down/);
  await deputy.offline.clearFaults();
});
