// oauth4webapi: DPoP at every place it is shown, resource indicators, and the strict reading of every answer.
import assert from "node:assert/strict";
import * as oauth from "oauth4webapi";
import { Browser } from "../lib/browser.mjs";
import { api, callback, client, deviceClient, issuer } from "../lib/world.mjs";

export function oauth4webapi(checks, world) {
  const add = (name, body) => checks.add("oauth4webapi", name, body);
  const options = () => ({ [oauth.customFetch]: world().fetch });
  const web = { client_id: client.id };

  async function server() {
    const url = new URL(issuer);
    return oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, options()));
  }

  async function login(
    as,
    {
      DPoP,
      query = {},
      scope = "openid offline_access agent:chat",
      pushed = false,
      who = web,
      auth = oauth.ClientSecretPost(client.secret),
      redirect = callback,
    } = {},
  ) {
    const verifier = oauth.generateRandomCodeVerifier();
    const parameters = new URLSearchParams({
      client_id: who.client_id,
      redirect_uri: redirect,
      response_type: "code",
      scope,
      audience: api,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state: "s1",
      ...query,
    });
    const url = new URL(as.authorization_endpoint);
    if (pushed) {
      const answer = await oauth.pushedAuthorizationRequest(as, who, auth, parameters, { ...options(), DPoP });
      const { request_uri } = await oauth.processPushedAuthorizationResponse(as, who, answer);
      url.search = new URLSearchParams({ client_id: who.client_id, request_uri }).toString();
    } else url.search = parameters.toString();
    const end = await new Browser(world()).visit(url);
    const validated = oauth.validateAuthResponse(as, who, end, "s1");
    const request = () => oauth.authorizationCodeGrantRequest(as, who, auth, validated, redirect, verifier, { ...options(), DPoP });
    let answer = await request();
    try {
      return await oauth.processAuthorizationCodeResponse(as, who, answer);
    } catch (error) {
      if (!oauth.isDPoPNonceError(error)) throw error;
      answer = await request();
      return oauth.processAuthorizationCodeResponse(as, who, answer);
    }
  }

  for (const alg of ["ES256", "RS256"]) {
    add(`DPoP with ${alg}: token, userinfo, refresh; another key is refused`, async () => {
      const as = await server();
      const DPoP = oauth.DPoP(web, await oauth.generateKeyPair(alg));
      const tokens = await login(as, { DPoP });
      assert.equal(tokens.token_type, "dpop");
      const sub = oauth.getValidatedIdTokenClaims(tokens).sub;
      const info = await oauth.userInfoRequest(as, web, tokens.access_token, { ...options(), DPoP });
      assert.equal((await oauth.processUserInfoResponse(as, web, sub, info)).sub, sub);
      assert.equal((await world().fetch(as.userinfo_endpoint, { headers: { authorization: `Bearer ${tokens.access_token}` } })).status, 401);
      const other = oauth.DPoP(web, await oauth.generateKeyPair(alg));
      assert.equal((await oauth.userInfoRequest(as, web, tokens.access_token, { ...options(), DPoP: other })).status, 401);
      const again = await oauth.refreshTokenGrantRequest(as, web, oauth.ClientSecretPost(client.secret), tokens.refresh_token, {
        ...options(),
        DPoP,
      });
      assert.equal((await oauth.processRefreshTokenResponse(as, web, again)).token_type, "dpop");
    });
  }

  add("DPoP: the code of a pushed request is bound to its key", async () => {
    const as = await server();
    const DPoP = oauth.DPoP(web, await oauth.generateKeyPair("ES256"));
    assert.equal((await login(as, { DPoP, pushed: true })).token_type, "dpop");
  });

  add("DPoP: a nonce of the server", async () => {
    await world().control("PATCH", "/policies", { dpop_nonce: true });
    const as = await server();
    const DPoP = oauth.DPoP(web, await oauth.generateKeyPair("ES256"));
    // The library needs the refused proof's nonce and a code that a refused proof has not spent.
    assert.equal((await login(as, { DPoP })).token_type, "dpop");
  });

  add("DPoP: a public client's refresh token is bound", async () => {
    const as = await server();
    const who = { client_id: deviceClient.id };
    const DPoP = oauth.DPoP(who, await oauth.generateKeyPair("ES256"));
    const tokens = await login(as, { DPoP, who, auth: oauth.None(), redirect: "http://localhost:23000/native/callback" });
    const refresh = (more) => oauth.refreshTokenGrantRequest(as, who, oauth.None(), tokens.refresh_token, { ...options(), ...more });
    await assert.rejects(async () => oauth.processRefreshTokenResponse(as, who, await refresh({})), { error: "invalid_dpop_proof" });
    assert.equal((await oauth.processRefreshTokenResponse(as, who, await refresh({ DPoP }))).token_type, "dpop");
  });

  add("JWT access tokens carry the API's audience, azp, scope", async () => {
    const as = await server();
    const tokens = await login(as);
    const claims = JSON.parse(Buffer.from(tokens.access_token.split(".")[1], "base64url"));
    assert.deepEqual(claims.aud, [api, `${issuer}userinfo`]);
    assert.equal(claims.azp, client.id);
    assert.equal(claims.iss, issuer);
  });

  add("resource counts with the compatibility profile only", async () => {
    const as = await server();
    const query = { audience: "", resource: api };
    await world().control("PATCH", "/policies", { resource_parameter_compatibility: false });
    assert.equal((await login(as, { query })).access_token.split(".").length, 1);
    await world().control("PATCH", "/policies", { resource_parameter_compatibility: true });
    assert.equal((await login(as, { query })).access_token.split(".").length, 3);
  });

  add("signing keys rotate under a running client", async () => {
    const as = await server();
    await login(as);
    await world().control("POST", "/keys/rotate");
    const tokens = await login(as);
    const jwks = await (await world().fetch(as.jwks_uri)).json();
    const kid = JSON.parse(Buffer.from(tokens.id_token.split(".")[0], "base64url")).kid;
    assert.equal(jwks.keys[0].kid, kid);
  });

  add("device: pending and slow_down as Auth0 answers them", async () => {
    const as = await server();
    const who = { client_id: deviceClient.id };
    const asked = await oauth.deviceAuthorizationRequest(as, who, oauth.None(), new URLSearchParams({ scope: "openid" }), options());
    const { device_code } = await oauth.processDeviceAuthorizationResponse(as, who, asked);
    const poll = () => oauth.deviceCodeGrantRequest(as, who, oauth.None(), device_code, options());
    for (const [status, error] of [
      [403, "authorization_pending"],
      [429, "slow_down"],
    ]) {
      const answer = await poll();
      assert.equal(answer.status, status);
      if (status === 429) assert.ok(Number(answer.headers.get("retry-after")) > 0);
      await assert.rejects(oauth.processDeviceCodeResponse(as, who, answer), { error });
    }
  });
}
