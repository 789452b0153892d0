// Several log-ins of one user (`/api/identities`): a second one is proved, linked, used, unlinked; and what refuses it.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { HttpClient, startDeputy, type Deputy, type Page } from "../harness/index.ts";
import { submitLogin } from "../harness/login.ts";
import { ask, createChat, openTab } from "../socket/support/chat.ts";
import { connectCalendar } from "../socket/support/connect.ts";

interface Identity {
  id: string;
  provider: string;
  connection?: string;
  email?: string;
  name?: string;
  primary: boolean;
}

let deputy: Deputy;
before(async () => {
  deputy = await startDeputy();
});
after(() => deputy.stop());
beforeEach(async () => {
  await deputy.offline.reset();
});

const list = (client: HttpClient) => client.json<{ linking: boolean; identities: Identity[] }>("/api/identities");
const sub = async (client: HttpClient) => (await client.json<{ sub: string }>("/user")).sub;
const code = (page: Page) =>
  page.text.startsWith("{") ? (JSON.parse(page.text) as { code: string }).code : (/Code: (\w+)/.exec(page.text)?.[1] ?? page.text);
const unlink = (client: HttpClient, id: string) => client.post(`/api/identities/${id}`, undefined, { method: "DELETE" });

/** Where the browser goes to prove a second log-in. */
async function begin(client: HttpClient, body: Record<string, string> = {}): Promise<string> {
  const page = await client.post("/api/identities", body);
  assert.equal(page.status, 200, page.text);
  return (JSON.parse(page.text) as { url: string }).url;
}

/** Chooses Gina's Google account on the tenant's page; where that leads. */
const asGina = async (client: HttpClient, url: string) =>
  client.submit(await client.get(url), {}, { button: /Gina/, form: ({ buttons }) => buttons.some(({ text }) => text.includes("Gina")) });

/** Logs in with the password of a seeded user on the tenant's page. */
const asUser = async (client: HttpClient, url: string, name: string) => submitLogin(client, await client.get(url), await deputy.offline.user(name));

const google = { connection: "google-oauth2" };

test("UA-25 SA-10: a password user links Google, logs in with it as the same user, and unlinks it", async () => {
  const ana = await deputy.login("ana");
  const mine = await sub(ana);
  const before = await list(ana);
  assert.equal(before.linking, true);
  assert.deepEqual(
    before.identities.map(({ provider, connection, email, primary }) => [provider, connection, email, primary]),
    [["auth0", "Username-Password-Authentication", "ana@example.com", true]],
  );
  const { id: chat } = JSON.parse((await ana.post("/api/chats")).text) as { id: string };

  const url = await begin(ana, { ...google, returnTo: "/connections" });
  const asked = (await deputy.offline.requests<{ path: string; body?: string; query: [string, string][] }>()).find(
    ({ path }) => path === "/oauth/par",
  );
  assert.ok(asked, "it is pushed as every log-in is");
  const ended = await asGina(ana, url);
  assert.equal(new URL(ended.url).pathname + new URL(ended.url).search, "/connections?linked=google-oauth2");
  assert.equal(await sub(ana), mine, "who is logged in stays");
  const { identities } = await list(ana);
  assert.deepEqual(
    identities.map(({ provider, email, primary }) => [provider, email, primary]),
    [
      ["auth0", "ana@example.com", true],
      ["google-oauth2", "gina@gmail.example", false],
    ],
  );

  const other = new HttpClient(deputy.url);
  await asGina(other, "/auth/login?connection=google-oauth2");
  assert.equal(await sub(other), mine);
  assert.ok(
    (await other.json<{ id: string }[]>("/api/chats")).some(({ id }) => id === chat),
    "the same user's chats",
  );
  // The account that the password user connected serves the tools of whoever comes with the other log-in.
  await connectCalendar(ana);
  const socket = await openTab(other, await createChat(other));
  const { text, error } = await ask(socket, "Am I free tomorrow at 9?");
  assert.equal(error, undefined, "nobody is asked to connect");
  assert.match(text, /You are (busy|free) tomorrow at 09:00/);
  await socket.close();

  const second = identities[1]?.id ?? "";
  assert.equal((await unlink(ana, second)).status, 204);
  assert.equal((await list(ana)).identities.length, 1);
  assert.equal((await other.get("/user")).status, 401, "what that log-in may have opened is closed");
  assert.equal((await ana.get("/user")).status, 200);
  const again = new HttpClient(deputy.url);
  await asGina(again, "/auth/login?connection=google-oauth2");
  assert.notEqual(await sub(again), mine, "a user of its own again");
  assert.equal(code(await unlink(ana, second)), "identity_unknown");
  const logs = deputy.worker.logs.join("\n");
  assert.ok(/"event":"identity_linked"/.test(logs) && /"event":"identity_unlinked"/.test(logs), "for whoever audits");
  assert.ok(!logs.includes("100000000000000000001"), "and whose it is stays out of the log");
});

test("UA-25: the session of the user that a linked log-in was ends", async () => {
  const gina = new HttpClient(deputy.url);
  await asGina(gina, "/auth/login?connection=google-oauth2");
  assert.equal((await gina.get("/user")).status, 200);
  const ana = await deputy.login("ana");
  await asGina(ana, await begin(ana, google));
  assert.equal((await gina.get("/user")).status, 401);
});

test("UA-25: conflicts have a code each, and nothing is linked", async () => {
  const ana = await deputy.login("ana");
  const primary = (await list(ana)).identities[0]?.id ?? "";
  assert.equal(code(await asUser(ana, await begin(ana), "ana")), "identity_own");
  assert.equal((await list(ana)).identities.length, 1);
  assert.equal(code(await unlink(ana, primary)), "identity_primary");
  assert.equal(code(await unlink(ana, "made-up")), "identity_unknown");
  await asGina(ana, await begin(ana, google));
  assert.equal(code(await asGina(ana, await begin(ana, google))), "identity_already_linked");
  const ben = await deputy.login("ben");
  assert.equal(code(await asUser(ben, await begin(ben), "ana")), "identity_has_others", "Gina's log-in would have changed hands");
  assert.equal(code(await unlink(ben, (await list(ana)).identities[1]?.id ?? "")), "identity_unknown", "another user's");
  assert.equal((await list(ana)).identities.length, 2);
  assert.equal((await list(ben)).identities.length, 1);
});

test("UA-25 S-14 S-20: a link is finished by the session that began it, once, with its own state", async () => {
  const ana = await deputy.login("ana");
  const ben = await deputy.login("ben");
  // What the tenant sends Ana's browser home with, and the cookie that it waits with.
  const answer = async () => {
    const page = await ana.get(await begin(ana, google));
    const state = /name="state" value="([^"]+)"/.exec(page.text)?.[1] ?? "";
    const account = /name="account" value="(google-oauth2[^"]+)"/.exec(page.text)?.[1] ?? "";
    assert.ok(state && account);
    const headers = { "content-type": "application/x-www-form-urlencoded", origin: new URL(page.url).origin };
    const sent = await ana.request(new URL("/u/login", page.url).href, {
      method: "POST",
      headers,
      body: new URLSearchParams({ state, action: "account", account }),
      follow: false,
    });
    return sent.headers.get("location") ?? "";
  };
  const cookies = () =>
    ana
      .cookieHeader()
      .split("; ")
      .filter((pair) => !pair.startsWith("deputy="));
  const location = await answer();
  const waiting = cookies();

  assert.equal(new URL((await ben.get(location)).url).pathname, "/", "a browser that began nothing, if it is lured there");
  assert.equal(code(await new HttpClient(deputy.url).get(location)), "callback_unknown");
  for (const pair of waiting) ben.setCookie(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1));
  const foreign = await ben.get(location);
  assert.equal(foreign.status, 403);
  assert.equal(code(foreign), "linking_other_session", "with the other's cookie planted");
  assert.equal((await list(ben)).identities.length, 1);

  const forged = new URL(location);
  forged.searchParams.set("state", "forged");
  assert.equal(new URL((await ana.get(forged.href)).url).pathname, "/", "no transaction by that name");
  assert.equal((await list(ana)).identities.length, 1);

  const finished = await ana.get(location);
  assert.equal(new URL(finished.url).pathname, "/connections");
  assert.equal((await list(ana)).identities.length, 2);
  for (const pair of waiting) ana.setCookie(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1));
  const replayed = await ana.get(location);
  assert.equal(replayed.status, 400);
  assert.equal(code(replayed), "invalid_grant", "the code is spent");
  const anonymous = new HttpClient(deputy.url);
  assert.equal((await anonymous.get("/api/identities")).status, 401);
  assert.equal((await anonymous.post("/api/identities", {})).status, 401);
  assert.equal((await unlink(anonymous, "x")).status, 401);
  assert.equal((await ana.post("/api/identities", {}, { headers: { origin: "https://evil.example" } })).status, 403);
});

test("UA-25: what the tenant refuses is told by its kind", async () => {
  const ana = await deputy.login("ana");
  assert.equal((await list(ana)).identities.length, 1);
  for (const [status, expected] of [
    [403, "linking_forbidden"],
    [429, "tenant_rate_limited"],
    [500, "tenant_down"],
  ] as const) {
    await deputy.offline.fault({ service: "tenant", path_prefix: "/api/v2/users/", status, times: 1 });
    const refused = await ana.get("/api/identities");
    assert.equal(code(refused), expected, `${status}`);
  }
  await deputy.offline.fault({ service: "tenant", method: "POST", path_prefix: "/api/v2/users/", drop: true, after: true, times: 1 });
  const ended = await asGina(ana, await begin(ana, google));
  assert.equal(new URL(ended.url).pathname, "/connections", "an answer that was lost is looked up");
  assert.equal((await list(ana)).identities.length, 2);
});

test("UA-25: without a client for it there is the session's own log-in, and linking is not offered", async () => {
  await deputy.worker.restart({ AUTH0_MANAGEMENT_CLIENT_ID: "", AUTH0_MANAGEMENT_CLIENT_SECRET: "" });
  const ana = await deputy.login("ana");
  const { linking, identities } = await list(ana);
  assert.equal(linking, false);
  assert.deepEqual(
    identities.map(({ provider, email, primary }) => [provider, email, primary]),
    [["auth0", "ana@example.com", true]],
  );
  const refused = await ana.post("/api/identities", {});
  assert.equal(refused.status, 503);
  assert.equal(code(refused), "linking_not_set_up");
  assert.equal(code(await unlink(ana, identities[0]?.id ?? "")), "linking_not_set_up");
});
