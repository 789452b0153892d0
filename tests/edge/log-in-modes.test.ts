// Logins that are not the plain one: silent, with a second factor, not older than so and so.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { HttpClient, startDeputy, submitLogin, type Deputy, type Page } from "../harness/index.ts";

const mfa = "http://schemas.openid.net/pape/policies/2007/06/multi-factor";
let deputy: Deputy;
before(async () => {
  deputy = await startDeputy();
});
after(() => deputy.stop());

const code = /One-time code/;
const enterCode = (client: HttpClient, page: Page) => client.submit(page, { code: "246810" });
const claims = (client: HttpClient) => client.json<Record<string, unknown>>("/user");

test("UA-07 S-13: a silent login of a stranger comes back anonymous to the page, of somebody the tenant knows with a session", async () => {
  const stranger = new HttpClient(deputy.url);
  const back = await stranger.get("/auth/login?prompt=none&returnTo=%2F%3Fa%3D1");
  assert.equal(back.url, `${deputy.url}/?a=1`);
  assert.equal(back.status, 200);
  assert.equal((await stranger.get("/user")).status, 401);
  assert.equal(stranger.cookieHeader(), "", "the transaction is over");
  // Logged out here and not at the tenant: its session is found without a form.
  const ana = await deputy.login("ana");
  const before = ana.cookie("deputy") ?? "";
  ana.setCookie("deputy", "gone");
  const end = await ana.get("/auth/login?prompt=none&returnTo=%2Fconnections");
  assert.equal(end.url, `${deputy.url}/connections`);
  assert.equal((await claims(ana)).email, "ana@example.com");
  assert.notEqual(ana.cookie("deputy"), before);
});

test("S-13: a silent login that cannot be leaves whoever is logged in alone", async () => {
  const ana = await deputy.login("ana");
  const page = await ana.get(`/auth/login?prompt=none&acr_values=${encodeURIComponent(mfa)}&returnTo=%2Fschedules`);
  assert.equal(page.url, `${deputy.url}/schedules`, "a second factor would be needed, and nobody may be asked");
  assert.equal((await claims(ana)).email, "ana@example.com");
});

test("a login that the user sees and the tenant refuses to go on with is a page, not a loop", async () => {
  const client = new HttpClient(deputy.url);
  const start = await client.get("/auth/login", { follow: false });
  assert.equal(start.status, 302);
  const pushed = await deputy.offline.requests<{ path: string; body: { state: string } }>();
  const state = pushed.findLast(({ path }) => path === "/oauth/par")?.body.state;
  const page = await client.get(`/auth/callback?error=login_required&state=${state}`, { follow: false });
  assert.equal(page.status, 400);
  assert.match(page.text, /interaction_required/);
});

test("UA-22 S-13: a second factor that a login asks for is asked for and checked in the ID token", async () => {
  const user = await deputy.offline.user("ana");
  const client = new HttpClient(deputy.url);
  const asked = await submitLogin(client, await client.get(`/auth/login?acr_values=${encodeURIComponent(mfa)}&returnTo=%2Fconnections`), user);
  assert.match(asked.text, code);
  assert.equal((await client.get("/user")).status, 401, "half a login is none");
  const end = await enterCode(client, asked);
  assert.equal(end.url, `${deputy.url}/connections`);
  assert.deepEqual((await claims(client)).amr, ["mfa"]);
  const other = new HttpClient(deputy.url);
  const refused = await submitLogin(other, await other.get("/auth/login?acr_values=urn%3Adeputy%3Agold"), user);
  assert.equal(refused.status, 400);
  assert.match(refused.text, /token_context_not_met/);
  assert.equal((await other.get("/user")).status, 401);
});

test("UA-22: the tenant demands a second factor of everybody: the login takes longer and works", async () => {
  await deputy.offline.control("PATCH", "/policies", { mfa_always: true });
  try {
    const client = new HttpClient(deputy.url);
    const asked = await submitLogin(client, await client.get("/auth/login"), await deputy.offline.user("ben"));
    assert.match(asked.text, code);
    await enterCode(client, asked);
    assert.equal((await claims(client)).email, "ben@example.com");
  } finally {
    await deputy.offline.control("PATCH", "/policies", { mfa_always: false });
  }
});

test("S-13: max_age is asked for, and the ID token shows when the user was there", async () => {
  const ana = await deputy.login("ana");
  const end = await ana.get("/auth/login?max_age=3600");
  assert.equal(end.url, `${deputy.url}/`);
  assert.ok(typeof (await claims(ana)).auth_time === "number");
  await deputy.offline.clock(7_200_000);
  try {
    const form = await ana.get("/auth/login?max_age=3600", {});
    assert.match(form.text, /type="password"/, "that is too long ago");
  } finally {
    await deputy.offline.clock(0);
  }
});
