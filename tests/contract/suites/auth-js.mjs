// @auth0/auth0-auth-js: login, PAR, refresh, MRRT, Token Vault, CIBA, exchange, logout, logout tokens.
import assert from "node:assert/strict";
import { AuthClient } from "@auth0/auth0-auth-js";
import { Browser } from "../lib/browser.mjs";
import { keyPair } from "./openid-client.mjs";
import { api, apiClient, app, callback, client, domain } from "../lib/world.mjs";

export function authJs(checks, world) {
  const add = (name, body) => checks.add("@auth0/auth0-auth-js", name, body);
  const make = (more = { clientId: client.id, clientSecret: client.secret }) =>
    new AuthClient({
      domain,
      ...more,
      customFetch: world().fetch,
      authorizationParams: { redirect_uri: callback, audience: api, scope: "openid profile email offline_access agent:chat" },
    });

  async function login(auth = make(), options = {}) {
    const { authorizationUrl, codeVerifier } = await auth.buildAuthorizationUrl(options);
    const end = await new Browser(world()).visit(authorizationUrl);
    return auth.getTokenByCode(end, { codeVerifier });
  }

  add("login", async () => {
    const tokens = await login();
    assert.equal(tokens.claims.email, "ana@example.com");
    assert.ok(tokens.refreshToken);
  });

  add("login with a pushed request", async () => assert.ok((await login(make(), { pushedAuthorizationRequests: true })).accessToken));

  add("login with a private key", async () => {
    const { key, jwk } = await keyPair("RS256");
    delete jwk.kid;
    await world().control("PATCH", `/clients/${client.id}`, { public_keys: [jwk] });
    const pem = `-----BEGIN PRIVATE KEY-----\n${Buffer.from(await crypto.subtle.exportKey("pkcs8", key)).toString("base64")}\n-----END PRIVATE KEY-----`;
    assert.ok((await login(make({ clientId: client.id, clientAssertionSigningKey: pem }))).accessToken);
  });

  add("refresh, and a refresh for another API (MRRT)", async () => {
    const auth = make();
    const { refreshToken } = await login(auth);
    assert.ok((await auth.getTokenByRefreshToken({ refreshToken })).accessToken);
    const other = await auth.getTokenByRefreshToken({ refreshToken, audience: `https://${domain}/me/`, scope: "create:me:connected_accounts" });
    const claims = JSON.parse(Buffer.from(other.accessToken.split(".")[1], "base64url"));
    assert.deepEqual([claims.aud].flat().includes(`https://${domain}/me/`), true);
  });

  add("Token Vault by refresh token", async () => {
    const auth = make();
    const { refreshToken } = await login(auth);
    await assert.rejects(
      auth.getTokenForConnection({ connection: "google-oauth2", refreshToken }),
      (error) => error.cause?.error === "federated_connection_refresh_token_not_found",
    );
    await world().connectGoogle();
    const vaulted = await auth.getTokenForConnection({ connection: "google-oauth2", refreshToken });
    assert.match(vaulted.accessToken, /^offline-google-oauth2-/);
    assert.match(vaulted.scope, /calendar\.freebusy/);
  });

  add("Token Vault by access token", async () => {
    const { accessToken } = await login();
    await world().connectGoogle();
    const auth = make({ clientId: apiClient.id, clientSecret: apiClient.secret });
    assert.ok((await auth.getTokenForConnection({ connection: "google-oauth2", accessToken })).accessToken);
  });

  add("CIBA with rich authorization details", async () => {
    const auth = make();
    const sub = (await world().user("ana")).user_id;
    const authorizationDetails = [{ type: "purchase", product: "lamp", qty: 2 }];
    const { authReqId } = await auth.initiateBackchannelAuthentication({
      bindingMessage: "Buy 2 lamps",
      loginHint: { sub },
      authorizationDetails,
      authorizationParams: { audience: "sample-shop-api", scope: "openid product:buy" },
    });
    await assert.rejects(auth.backchannelAuthenticationGrant({ authReqId }), (error) => error.cause?.error === "authorization_pending");
    await world().decide("approve");
    await world().later();
    const tokens = await auth.backchannelAuthenticationGrant({ authReqId });
    assert.deepEqual(tokens.authorizationDetails, authorizationDetails);
    await assert.rejects(auth.backchannelAuthenticationGrant({ authReqId }), (error) => error.cause?.error === "invalid_grant");
  });

  add("custom token exchange", async () => {
    const { accessToken } = await login();
    const auth = make({ clientId: apiClient.id, clientSecret: apiClient.secret });
    const tokens = await auth.exchangeToken({
      subjectTokenType: "urn:deputy:agent",
      subjectToken: accessToken,
      audience: "sample-stock-api",
      scope: "stock:trade",
    });
    assert.equal(tokens.scope, "stock:trade");
    await assert.rejects(
      auth.exchangeToken({ subjectTokenType: "urn:nobody:knows", subjectToken: accessToken, audience: "sample-stock-api" }),
      (error) => error.cause?.error === "invalid_request",
    );
  });

  add("logout URL is accepted", async () => {
    const url = await make().buildLogoutUrl({ returnTo: app });
    assert.equal((await new Browser(world()).visit(url)).origin, app);
  });

  add("logout URL of a tenant without the standard's endpoint", async () => {
    await world().control("PATCH", "/policies", { rp_logout_discovery: false });
    const url = await make({ clientId: client.id, clientSecret: client.secret, discoveryCache: { ttl: 0 } }).buildLogoutUrl({ returnTo: app });
    assert.equal(url.pathname, "/v2/logout");
    assert.equal((await new Browser(world()).visit(url)).origin, app);
  });

  add("logout tokens, good and bad", async () => {
    const auth = make();
    const logoutToken = async (fault) =>
      (await world().control("POST", "/logout-tokens", { client_id: client.id, user_id: "auth0|x", sid: "s", fault })).logout_token;
    assert.deepEqual(await auth.verifyLogoutToken({ logoutToken: await logoutToken() }), { sid: "s", sub: "auth0|x" });
    for (const fault of ["signature", "nonce", "events", "subject", "audience", "expired"]) {
      const token = await logoutToken(fault);
      await assert.rejects(auth.verifyLogoutToken({ logoutToken: token }), undefined, fault);
    }
  });
}
