// @auth0/nextjs-auth0 behind its middleware: login, refresh, MRRT, connect account, Token Vault, logout, back-channel logout.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { Auth0Client } from "@auth0/nextjs-auth0/server";
import { Browser } from "../lib/browser.mjs";
import { api, app, client, domain, issuer } from "../lib/world.mjs";

// Next's own module names have no ES module entry outside of its compiler.
const { NextRequest, NextResponse } = createRequire(import.meta.url)("next/server");
const freeBusy = "https://www.googleapis.com/auth/calendar.freebusy";

export function nextjs(checks, world) {
  const add = (name, body) => checks.add("@auth0/nextjs-auth0", name, body);
  const make = (more = {}) => new Application(world(), more);

  add("login, session, refresh", async () => {
    const application = make();
    await application.login();
    const session = await application.session();
    assert.equal(session.user.email, "ana@example.com");
    const first = await application.accessToken({});
    const second = await application.accessToken({ refresh: true });
    assert.notEqual(first.token, second.token);
  });

  add("login with a pushed request", async () => {
    const application = make({ pushedAuthorizationRequests: true });
    await application.login();
    assert.ok(await application.session());
  });

  add("login with DPoP", async () => {
    const dpopKeyPair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
    const application = make({ useDPoP: true, dpopKeyPair });
    await application.login();
    const { token } = await application.accessToken({});
    assert.ok(JSON.parse(Buffer.from(token.split(".")[1], "base64url")).cnf.jkt);
  });

  add("a token for another API (MRRT)", async () => {
    const application = make();
    await application.login();
    const { token } = await application.accessToken({ audience: `${issuer}me/`, scope: "read:me:connected_accounts" });
    const claims = JSON.parse(Buffer.from(token.split(".")[1], "base64url"));
    assert.ok([claims.aud].flat().includes(`${issuer}me/`));
  });

  add("connect an account, take its token, list it, disconnect it", async () => {
    const application = make();
    await application.login();
    await assert.rejects(application.connectionToken("google-oauth2"), { code: "failed_to_exchange_refresh_token" });
    const started = await application.get(
      `/auth/connect?connection=google-oauth2&scopes=openid&scopes=${encodeURIComponent(freeBusy)}&returnTo=/done`,
    );
    assert.equal(started.status, 307);
    const done = await application.follow(started);
    assert.equal(new URL(done.headers.get("location"), app).pathname, "/done");
    const { token, scope } = await application.connectionToken("google-oauth2");
    assert.match(token, /^offline-google-oauth2-/);
    assert.match(scope, /calendar\.freebusy/);
    const accounts = await application.auth0.getConnectedAccounts(application.request("/"), new NextResponse());
    assert.deepEqual(
      accounts.map(({ connection }) => connection),
      ["google-oauth2"],
    );
    await application.auth0.disconnectAccount({ connection: "google-oauth2" }, application.request("/"), new NextResponse());
    assert.deepEqual((await world().control("GET", "/grants")).connected_accounts, []);
  });

  add("connecting an unknown connection is the API's refusal", async () => {
    const application = make();
    await application.login();
    assert.equal((await application.get("/auth/connect?connection=nowhere")).status, 404);
  });

  add("logout ends the session at the tenant", async () => {
    const application = make();
    await application.login();
    const left = await application.get("/auth/logout");
    const end = await application.browser.visit(left.headers.get("location"));
    assert.equal(end.origin, app);
    assert.equal(await application.session(), null);
    // The tenant asks for the password again.
    const again = await application.get("/auth/login");
    const page = await world().fetch(again.headers.get("location"), { redirect: "manual" });
    assert.match(page.headers.get("location"), /\/u\/login/);
  });

  add("back-channel logout arrives, is verified and ends the session", async () => {
    const deleted = [];
    const sessions = new Map();
    const sessionStore = {
      get: async (id) => sessions.get(id) ?? null,
      set: async (id, data) => void sessions.set(id, data),
      delete: async (id) => void sessions.delete(id),
      deleteByLogoutToken: async (token) => void deleted.push(token),
    };
    const application = make({ sessionStore });
    const listener = createServer(async (incoming, outgoing) => {
      const chunks = [];
      for await (const chunk of incoming) chunks.push(chunk);
      const answer = await application.auth0.middleware(
        new NextRequest(`${app}/auth/backchannel-logout`, {
          method: "POST",
          headers: { "content-type": incoming.headers["content-type"] },
          body: Buffer.concat(chunks),
        }),
      );
      outgoing.writeHead(answer.status).end();
    });
    await new Promise((resolve) => listener.listen(0, "127.0.0.1", resolve));
    try {
      await world().control("PATCH", `/clients/${client.id}`, {
        backchannel_logout_urls: [`http://127.0.0.1:${listener.address().port}/auth/backchannel-logout`],
      });
      await application.login();
      const { user, internal } = await application.session();
      await world().control("POST", "/sessions/end", { user_id: user.sub });
      for (let wait = 0; deleted.length === 0 && wait < 100; wait += 1) await new Promise((resolve) => setTimeout(resolve, 20));
      assert.deepEqual(
        deleted,
        [{ sid: internal.sid, sub: user.sub, iss: issuer }].map((token) => ({ ...token, ...deleted[0], sid: token.sid, sub: token.sub })),
      );
      for (let wait = 0; (await world().control("GET", "/logout-tokens")).length === 0 && wait < 100; wait += 1)
        await new Promise((resolve) => setTimeout(resolve, 20));
      const [delivery] = await world().control("GET", "/logout-tokens");
      assert.ok(delivery.status === 200 || delivery.status === 204, JSON.stringify(delivery));
    } finally {
      listener.close();
    }
  });
}

/** An application of the SDK's middleware, and one browser with its cookies. */
class Application {
  #cookies = new Map();

  constructor(world, more) {
    this.browser = new Browser(world);
    this.auth0 = new Auth0Client({
      domain,
      clientId: client.id,
      clientSecret: client.secret,
      secret: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
      appBaseUrl: app,
      customFetch: world.fetch,
      enableConnectAccountEndpoint: true,
      authorizationParameters: { audience: api, scope: "openid profile email offline_access agent:chat" },
      ...more,
    });
  }

  request(path) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    return new NextRequest(new URL(path, app), { headers: { cookie } });
  }

  async get(path) {
    const answer = await this.auth0.middleware(this.request(path));
    this.#keep(answer);
    return answer;
  }

  /** From a redirect to the tenant back to the callback. */
  async follow(answer, name = "ana") {
    const end = await this.browser.visit(answer.headers.get("location"), name);
    assert.ok(end instanceof URL, `the browser ended at ${end.url}: ${end.text}`);
    return this.get(end.pathname + end.search);
  }

  async login(name = "ana") {
    const started = await this.get("/auth/login");
    const done = await this.follow(started, name);
    assert.ok(done.status >= 300 && done.status < 400, `${done.status} ${await done.text()}`);
  }

  session() {
    return this.auth0.getSession(this.request("/"));
  }

  async accessToken(options) {
    const response = new NextResponse();
    const token = await this.auth0.getAccessToken(this.request("/"), response, options);
    this.#keep(response);
    return token;
  }

  connectionToken(connection) {
    return this.auth0.getAccessTokenForConnection({ connection }, this.request("/"), new NextResponse());
  }

  #keep(answer) {
    for (const line of answer.headers.getSetCookie()) {
      const [name, value] = line.split(";")[0].split(/=(.*)/s);
      if (value === "") this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
  }
}
