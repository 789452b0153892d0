import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { HttpClient, login, readForms, startDeputy, submitLogin, type Deputy } from "../harness/index.ts";

let deputy: Deputy;
before(async () => {
  deputy = await startDeputy();
});
after(() => deputy.stop());

const visitor = () => new HttpClient(deputy.url);
/** Begins a login: the answer, where it leads, and what the tenant was asked for behind the browser's back (RFC 9126). */
const begin = async (client: HttpClient, query = "") => {
  const page = await client.get(`/auth/login${query}`, { follow: false });
  assert.equal(page.status, 302, page.text);
  const target = new URL(page.headers.get("location") ?? "");
  const pushes = (await deputy.offline.requests<{ path: string; body: Record<string, string> }>()).filter(({ path }) => path === "/oauth/par");
  return { page, target, asked: new URLSearchParams(pushes.at(-1)?.body) };
};

test("UA-01 UA-03 UA-11 S-14: login pushes PKCE, state, nonce, scope and audience to the tenant and redirects to what it pushed", async () => {
  const { page, target, asked: query } = await begin(visitor());
  assert.equal(`${target.origin}/`, deputy.offline.issuer);
  assert.equal(target.pathname, "/authorize");
  assert.deepEqual([...target.searchParams.keys()], ["client_id", "request_uri"], "the browser carries a reference and nothing else");
  assert.equal(query.get("client_id"), "deputy-offline");
  assert.equal(query.get("redirect_uri"), `${deputy.url}/auth/callback`);
  assert.equal(query.get("scope"), "openid profile email offline_access");
  assert.equal(query.get("audience"), "https://deputy.example/api");
  assert.equal(query.get("code_challenge_method"), "S256");
  for (const name of ["state", "nonce", "code_challenge"]) assert.ok((query.get(name)?.length ?? 0) >= 43, name);
  const cookie = page.headers.getSetCookie().join("\n");
  assert.match(cookie, /^deputy-tx-[\w-]{12}=v1\.[^;]+; Path=\/; Max-Age=3600; HttpOnly; SameSite=Lax$/);
  assert.ok(!cookie.includes(query.get("nonce") ?? "?"), "the transaction is sealed");
});

test("UA-03: a tenant that takes no pushed requests gets the same by the browser", async () => {
  await deputy.offline.control("PATCH", "/policies", { pushed_authorization_requests: false });
  try {
    await deputy.worker.restart();
    const { target } = await begin(visitor(), "?screen_hint=signup");
    for (const name of ["state", "nonce", "code_challenge"]) assert.ok((target.searchParams.get(name)?.length ?? 0) >= 43, name);
    assert.equal(target.searchParams.get("screen_hint"), "signup");
    assert.ok(!target.href.includes("secret"));
    assert.equal((await login(deputy.url, await deputy.offline.user("ana")).then((client) => client.get("/user"))).status, 200);
  } finally {
    await deputy.offline.control("PATCH", "/policies", { pushed_authorization_requests: true });
    await deputy.worker.restart();
  }
});

test("UA-03: a push that fails is a login that fails, and is not sent through the browser instead", async () => {
  await begin(visitor());
  for (const [fault, status, code] of [
    [{ status: 503, body: "{}" }, 503, "tenant_down"],
    [{ status: 429, body: "{}" }, 429, "tenant_rate_limited"],
    [{ status: 200, body: "<html>not a tenant</html>" }, 503, "par_response_malformed"],
    [{ drop: true }, 503, "tenant_down"],
  ] as const) {
    await deputy.offline.fault({ service: "tenant", path_prefix: "/oauth/par", times: 1, ...fault });
    const page = await visitor().get("/auth/login", { follow: false, headers: { accept: "text/html" } });
    assert.equal(page.status, status, code);
    assert.match(page.text, new RegExp(code));
    assert.equal(page.headers.get("location"), null);
    await deputy.offline.clearFaults();
  }
});

test("UA-04 S-13: allow-listed parameters reach the tenant, others do not", async () => {
  const { asked } = await begin(
    visitor(),
    "?screen_hint=signup&login_hint=a@b.c&scope=everything&audience=other&redirect_uri=https://evil.example&prompt=bogus",
  );
  assert.equal(asked.get("screen_hint"), "signup");
  assert.equal(asked.get("login_hint"), "a@b.c");
  assert.equal(asked.get("scope"), "openid profile email offline_access");
  assert.equal(asked.get("audience"), "https://deputy.example/api");
  assert.equal(asked.get("redirect_uri"), `${deputy.url}/auth/callback`);
  assert.equal(asked.get("prompt"), null);
});

test("UA-08 UA-12 UA-19: a login ends in a session with claims and a refresh token at the tenant; the same user gets the same chats", async () => {
  const user = await deputy.offline.user("ana");
  const client = await login(deputy.url, user);
  const claims = await client.json<Record<string, unknown>>("/user");
  assert.equal(claims.name, "Ana Ferreira");
  assert.ok(claims.sub && claims.sid);
  const tokens = await deputy.offline.tokens();
  assert.ok(tokens.some((token) => JSON.stringify(token).includes("refresh")));
  const session = client.cookie("deputy") ?? "";
  assert.match(session, /^v1\./);
  const { id } = JSON.parse((await client.post("/api/chats")).text) as { id: string };
  assert.equal((await client.post("/auth/logout", undefined)).status, 200);
  const again = await login(deputy.url, user);
  const chats = await again.json<{ id: string }[]>("/api/chats");
  assert.ok(chats.some((chat) => chat.id === id));
});

test("S-34 UA-05: the return target is kept on this origin", async () => {
  const user = await deputy.offline.user("ana");
  const client = visitor();
  const end = await submitLogin(client, await client.get("/auth/login?returnTo=%2Fconnections%3Fa%3D1"), user);
  assert.equal(end.url, `${deputy.url}/connections?a=1`);
  for (const evil of ["https://evil.example/", "//evil.example/", "/\\evil.example"]) {
    const other = visitor();
    const page = await submitLogin(other, await other.get(`/auth/login?return_to=${encodeURIComponent(evil)}`), user);
    assert.equal(page.url, `${deputy.url}/`, evil);
  }
});

test("T35c: a return target in any script comes back percent-encoded", async () => {
  const user = await deputy.offline.user("ana");
  const client = visitor();
  const start = await client.get(`/auth/login?returnTo=${encodeURIComponent("/c/1?q=오늘 날씨")}`);
  const end = await submitLogin(client, start, user);
  assert.equal(end.url, `${deputy.url}/c/1?q=%EC%98%A4%EB%8A%98%20%EB%82%A0%EC%94%A8`);
});

test("S-34: a return target whose dots hide a host leads to the start page", async () => {
  const user = await deputy.offline.user("ana");
  for (const evil of ["/.//evil.example", "/./\\evil.example", "/%2e//evil.example", "/c/..//evil.example"]) {
    const client = visitor();
    const end = await submitLogin(client, await client.get(`/auth/login?returnTo=${encodeURIComponent(evil)}`), user);
    assert.equal(end.url, `${deputy.url}/`, evil);
  }
});

test("T32: an invitation reaches the tenant with its organization", async () => {
  const { asked } = await begin(visitor(), "?invitation=Gx4-ticket&organization=org_Garden1&organization_name=garden&returnTo=%2Fc%2F1");
  assert.equal(asked.get("invitation"), "Gx4-ticket");
  assert.equal(asked.get("organization"), "org_Garden1");
});

test("T34: a callback without a login leads a logged-in user home; a link of an e-mail says what it did", async () => {
  const verified = "supportSignUp=true&email=ben%40example.com&message=Your%20email%20was%20verified.&success=true&code=success";
  const ended = "success=false&code=used&message=This%20URL%20can%20be%20used%20only%20once&email=ben%40example.com";
  const ana = await deputy.login("ana");
  for (const query of [verified, ended, "code=USED&state=USED-STATE-OF-A-LOGIN", "code=x", "", "error=login_required&state=STATE-OF-NO-LOGIN"]) {
    const page = await ana.get(`/auth/callback?${query}`, { follow: false });
    assert.equal(page.status, 302, query);
    assert.equal(page.headers.get("location"), "/", query);
  }
  assert.equal((await ana.get("/user")).status, 200);
  const stranger = visitor();
  const done = await stranger.get(`/auth/callback?${verified}`);
  assert.equal(done.status, 200);
  assert.match(done.text, /Your e-mail address is verified/);
  assert.ok(!done.text.includes("ben@example.com"), "nothing of the address is shown");
  const late = await stranger.get(`/auth/callback?${ended}`);
  assert.equal(late.status, 400);
  assert.match(late.text, /This link does not work any more/);
});

test("S-14: parallel logins in one browser do not disturb each other, and each works once", async () => {
  const user = await deputy.offline.user("ana");
  const client = visitor();
  const [first, second] = [await begin(client, "?returnTo=/c/one"), await begin(client, "?returnTo=/c/two")];
  const code = async (target: URL) => {
    const page = await client.get(target.href);
    const form = readForms(page.text).find(({ types }) => Object.values(types).includes("password"));
    if (!form) return page;
    return await submitLogin(client, page, user);
  };
  assert.equal((await code(first.target)).url, `${deputy.url}/c/one`);
  assert.equal((await code(second.target)).url, `${deputy.url}/c/two`);
  assert.equal(client.cookieHeader().includes("deputy-tx-"), false, "the transaction cookies are gone");
});

test("S-14: a callback that is not ours, repeated, forged or refused is a page with a code, and its cookie is gone", async () => {
  const client = visitor();
  const { asked } = await begin(client);
  const state = asked.get("state") ?? "";
  const refused = await client.get(`/auth/callback?error=access_denied&error_description=No&state=${state}`, { follow: false });
  assert.equal(refused.status, 400);
  assert.match(refused.headers.get("content-type") ?? "", /text\/html/);
  assert.match(refused.text, /access_denied/);
  assert.match(refused.text, /href="\/auth\/login"/);
  assert.equal(client.cookieHeader(), "");
  for (const query of [`code=x&state=${state}`, "code=x", "code=x&state=made-up-state-that-is-long-enough", "", "state=%00%zz"]) {
    const page = await client.get(`/auth/callback?${query}`, { follow: false });
    assert.equal(page.status, 400, query);
    assert.match(page.text, /callback_unknown/, query);
  }
  const { asked: third } = await begin(client);
  const forged = await client.get(`/auth/callback?code=made-up&state=${third.get("state")}`, { follow: false });
  assert.equal(forged.status, 400);
  assert.match(forged.text, /invalid_grant/);
  assert.equal(client.cookie("deputy"), undefined);
});

test("S-15: a bad, forged or foreign cookie is an anonymous user and is cleared", async () => {
  for (const value of ["garbage", "v1.a.b.c", "%zz", "x".repeat(3000)]) {
    const client = visitor();
    client.setCookie("deputy", value);
    const page = await client.get("/user");
    assert.equal(page.status, 401, value.slice(0, 20));
    assert.deepEqual(JSON.parse(page.text).error, "User not authenticated");
    assert.equal(client.cookie("deputy"), undefined, "cleared");
    client.setCookie("deputy", value);
    assert.equal((await client.get("/")).status, 200);
  }
});

test("S-03: a second login replaces the session whole, also when another user logs in", async () => {
  const client = await deputy.login("ana");
  const before = client.cookie("deputy") ?? "";
  const ben = await deputy.offline.user("ben");
  await submitLogin(client, await client.get("/auth/login?prompt=login"), ben);
  assert.equal((await client.json<{ email: string }>("/user")).email, "ben@example.com");
  assert.notEqual(client.cookie("deputy"), before);
  const old = visitor();
  old.setCookie("deputy", before);
  assert.equal((await old.get("/user")).status, 401, "the first session is closed");
});

test("S-16 S-17 UA-20: logout is a POST, ends the session, revokes the refresh token and leaves the tenant", async () => {
  const client = await deputy.login("ana");
  const cookie = client.cookie("deputy") ?? "";
  const form = await client.get("/auth/logout");
  assert.equal(form.status, 200);
  assert.equal((await client.get("/user")).status, 200, "a GET changes nothing");
  assert.equal((await client.post("/auth/logout", undefined, { headers: { origin: "https://evil.example" } })).status, 403);
  assert.equal((await client.get("/user")).status, 200);
  const page = await client.post("/auth/logout", undefined, { follow: false });
  assert.equal(page.status, 302);
  const target = new URL(page.headers.get("location") ?? "");
  assert.equal(target.href.startsWith(`${deputy.offline.issuer}oidc/logout?`), true);
  assert.equal(target.searchParams.get("post_logout_redirect_uri"), deputy.url, "as the README says to register it");
  assert.equal(target.searchParams.get("id_token_hint"), null);
  assert.equal((await client.get("/user")).status, 401);
  const stolen = visitor();
  stolen.setCookie("deputy", cookie);
  assert.equal((await stolen.get("/user")).status, 401, "the cookie is worth nothing now");
  const requests = JSON.stringify(await deputy.offline.requests());
  assert.match(requests, /oauth\/revoke/);
});

test("the tenant being down is said, and nothing is logged in", async () => {
  const user = await deputy.offline.user("ana");
  const client = visitor();
  const start = await client.get("/auth/login");
  await deputy.offline.fault({ service: "tenant", path_prefix: "/oauth/token", status: 503, body: "{}", times: 1 });
  const end = await submitLogin(client, start, user);
  assert.equal(end.status, 503);
  assert.match(end.text, /tenant_down/);
  assert.equal((await client.get("/user")).status, 401);
  await deputy.offline.clearFaults();
});
