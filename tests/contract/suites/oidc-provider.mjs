// Our own OIDC client against oidc-provider, an independent certified server: login, PAR, refresh, revocation, logout.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Provider } from "oidc-provider";
import { freePort } from "../../../scripts/lib/ports.mjs";

const program = fileURLToPath(new URL("../../../target/debug/examples/login", import.meta.url));
const redirectUri = "http://localhost:23000/auth/callback";
const client = { client_id: "deputy", client_secret: "a-secret-of-the-contract-tests-only" };
/** The server takes nothing from it but pushed requests. */
const pushingClient = { ...client, client_id: "deputy-pushing", require_pushed_authorization_requests: true };
const pushing = { as: pushingClient, words: ["pushed"] };
const printing = { info: console.info, warn: console.warn };
let server;

export function oidcProvider(checks) {
  const add = (name, body) => checks.add("our client at oidc-provider", name, body);

  add("login, refresh, userinfo, revocation, logout", async () => {
    const { url, outcome, cookies } = await login("ana");
    assert.ok(new URL(url).searchParams.has("code_challenge"));
    await complete(outcome, cookies);
  });

  add("the same with a pushed request, where the server wants no other", async () => {
    const { url, outcome, cookies } = await login("ana", pushing);
    const query = Object.fromEntries(new URL(url).searchParams);
    assert.deepEqual(Object.keys(query).sort(), ["client_id", "request_uri"]);
    assert.equal(query.client_id, pushingClient.client_id);
    await complete(outcome, cookies);
  });

  add("a request that is not pushed is refused there", async () => {
    const { code, stderr } = await run((url, cookies) => walk(url, "ana", cookies), { as: pushingClient });
    assert.notEqual(code, 0);
    assert.match(stderr, /Pushed Authorization Request/);
  });

  add("a pushed request with a wrong secret is refused before there is a URL", async () => {
    const { code, lines, stderr } = await run(assert.fail, { ...pushing, as: { ...pushingClient, client_secret: "another" } });
    assert.notEqual(code, 0);
    assert.deepEqual(lines, []);
    assert.match(stderr, /ClientCredentials/);
  });

  add("a pushed request for a foreign callback is refused before there is a URL", async () => {
    const { code, lines, stderr } = await run(assert.fail, { ...pushing, callback: "http://localhost:23001/auth/callback" });
    assert.notEqual(code, 0);
    assert.deepEqual(lines, []);
    assert.match(stderr, /RedirectUri/);
  });

  add("a callback of a pushed request with another state is refused", async () => {
    const { code, stderr } = await run(async (url, cookies) => {
      const end = new URL(await walk(url, "ana", cookies));
      end.searchParams.set("state", "x".repeat(43));
      return end.href;
    }, pushing);
    assert.notEqual(code, 0);
    assert.match(stderr, /[Ss]tate/);
  });

  add("a callback with another state is refused", async () => {
    const { code, stderr } = await run(async (url, cookies) => {
      const end = new URL(await walk(url, "ana", cookies));
      end.searchParams.set("state", "x".repeat(43));
      return end.href;
    });
    assert.notEqual(code, 0);
    assert.match(stderr, /[Ss]tate/);
  });

  add("a code of another issuer is refused", async () => {
    const { code, stderr } = await run(async (url, cookies) => {
      const end = new URL(await walk(url, "ana", cookies));
      end.searchParams.set("iss", "http://localhost:1/");
      return end.href;
    });
    assert.notEqual(code, 0);
    assert.match(stderr, /[Ii]ssuer/);
  });
}

async function complete(outcome, cookies) {
  assert.equal(outcome.subject, "ana");
  assert.equal(outcome.refreshed_subject, "ana");
  assert.equal(outcome.userinfo_subject, "ana");
  assert.equal(outcome.new_access_token, true);
  assert.equal(outcome.after_revocation, "invalid_grant");
  const confirmation = await visit(outcome.logout_url, cookies);
  assert.equal(confirmation.status, 200);
  const done = await submit(confirmation, cookies, { logout: "yes" });
  assert.equal(done.location, redirectUri);
}

/** Ends the server, if one was started. */
export async function stopProvider() {
  if (!server) return;
  Object.assign(console, printing);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  server = undefined;
}

async function issuer() {
  if (!server) {
    const port = await freePort();
    // It warns of every default it is run with; a test wants the defaults.
    for (const name of ["info", "warn"]) console[name] = () => {};
    const provider = new Provider(`http://localhost:${port}/`, {
      clients: [client, pushingClient].map((one) => ({
        ...one,
        redirect_uris: [redirectUri],
        post_logout_redirect_uris: [redirectUri],
        grant_types: ["authorization_code", "refresh_token"],
        token_endpoint_auth_method: "client_secret_post",
      })),
      scopes: ["openid", "offline_access", "profile", "email"],
      features: { revocation: { enabled: true }, pushedAuthorizationRequests: { enabled: true }, devInteractions: { enabled: true } },
      cookies: { keys: ["only of a test"] },
      pkce: { required: () => true },
      findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    });
    server = await new Promise((resolve) => {
      const listening = provider.listen(port, "127.0.0.1", () => resolve(listening));
    });
  }
  return `http://localhost:${server.address().port}/`;
}

async function login(name, options) {
  const cookies = new Map();
  const { code, lines, stderr } = await run(async (url) => walk(url, name, cookies), options);
  assert.equal(code, 0, stderr);
  return { url: lines[0], outcome: JSON.parse(lines.at(-1)), cookies };
}

/** Runs our client; `browse` gets the URL of the login and gives the one of the callback. */
async function run(browse, { as = client, callback = redirectUri, words = [] } = {}) {
  const child = spawn(program, [await issuer(), as.client_id, as.client_secret, callback, ...words], { stdio: ["pipe", "pipe", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (chunk) => (stderr += chunk));
  const ended = new Promise((resolve) => child.once("close", resolve));
  const lines = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (lines.length === 1) child.stdin.end(`${await browse(line, new Map())}\n`);
  }
  return { code: await ended, lines, stderr };
}

/** Through login and consent of the server's own pages. */
async function walk(url, name, cookies) {
  let page = await visit(url, cookies);
  for (let step = 0; step < 12; step += 1) {
    if (page.location?.startsWith(redirectUri)) return page.location;
    if (page.location) page = await visit(page.location, cookies);
    else page = await submit(page, cookies, page.text.includes('name="password"') ? { login: name, password: "any" } : {});
  }
  throw new Error("the login has no end");
}

async function visit(url, cookies, init = {}) {
  const cookie = [...cookies].map(([key, value]) => `${key}=${value}`).join("; ");
  const answer = await fetch(url, { redirect: "manual", ...init, headers: { ...init.headers, cookie } });
  for (const line of answer.headers.getSetCookie()) {
    const [key, value] = line.split(";")[0].split(/=(.*)/s);
    if (value === "") cookies.delete(key);
    else cookies.set(key, value);
  }
  const location = answer.headers.get("location");
  return { url, status: answer.status, text: await answer.text(), location: location && new URL(location, url).href };
}

function submit(page, cookies, fields) {
  const form = new URLSearchParams(fields);
  for (const [, name, value] of page.text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)) form.append(name, value);
  const action = page.text.match(/<form[^>]*action="([^"]*)"/)?.[1] ?? page.url;
  return visit(new URL(action.replaceAll("&amp;", "&"), page.url).href, cookies, { method: "POST", body: form });
}
